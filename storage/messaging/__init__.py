"""What comes in and goes out: updates, dialogues, messages, timers, files, and who holds which task."""
