"""Lists sent to the chat, looked over and imported."""
