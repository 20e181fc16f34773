"""What waits for somebody: the first card, the list of all of it, the office's digest in the morning."""
