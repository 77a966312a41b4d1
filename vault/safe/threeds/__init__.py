"""3-D Secure 2.2.0, the requestor's side: what the directory is asked over HTTP, and what its answers mean."""
