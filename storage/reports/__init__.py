"""Conduct reports: periods, reports, entries, who answers for them, receipts, boards."""
