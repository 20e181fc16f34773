"""Zalo's Official Account as the demonstration and the tests meet it."""
