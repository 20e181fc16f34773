"""The Official Account of Zalo."""
