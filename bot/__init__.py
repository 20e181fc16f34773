"""Doors and clocks: channels, web, workers, ticker, command line."""
