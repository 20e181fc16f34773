"""Workbooks read as offices keep them, and written so that they print."""
