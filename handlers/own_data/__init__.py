"""A person's own data, rights and settings."""
