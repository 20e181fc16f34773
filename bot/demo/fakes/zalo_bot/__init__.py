"""The Zalo Bot Platform as the demonstration and the tests meet it."""
