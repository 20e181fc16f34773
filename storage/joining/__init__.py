"""Roles given, codes to come in with, and what a person may have of his own data."""
