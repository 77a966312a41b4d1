"""The demo shops: small web programs of their own. They know a secret key and the public API, nothing else of ours."""
