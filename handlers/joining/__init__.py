"""Binding a chat to a person, and catching up with what came before."""
