"""The network host: a small card network that answers on the wire, keeps its own book, and misbehaves on request."""
