"""The bot of the Zalo Bot Platform."""
