"""Pages and webhooks: the server, the web chat, files."""
