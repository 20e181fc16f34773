"""Workbooks that staff send, read by a process of its own."""
