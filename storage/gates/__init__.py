"""Remarks of the units before an exam, a thesis or a graduation, and the verdicts."""
