"""Remarks before a gate, the verdicts, and what the learner hears of them."""
