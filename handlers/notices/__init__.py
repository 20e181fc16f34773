"""Notices: written, previewed, sent, acknowledged, and who has them."""
