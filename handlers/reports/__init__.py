"""Conduct reports: asked for, filled in, sent, received, reopened, decided about."""
