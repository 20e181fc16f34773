"""The messengers on this computer: HTTP servers that answer as the platforms do, for tests and the demonstration."""
