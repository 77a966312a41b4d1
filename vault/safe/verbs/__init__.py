"""What the safe can do, one verb per file; `vault.safe.server` calls them by name."""
