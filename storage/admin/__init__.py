"""Setting up, upgrading and looking over a database."""
