"""Marks and results, as recorded and as published."""
