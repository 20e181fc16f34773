"""What runs: intake, sender, ticker, fetcher, and who holds which of these."""
