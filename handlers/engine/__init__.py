"""The engine: conversations are declared, found and run; what is said becomes messages."""
