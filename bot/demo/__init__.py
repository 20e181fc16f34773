"""The demonstration: a sample centre and phones to try it on."""
