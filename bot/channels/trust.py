"""The certificates all connections of a process share: each set of its own costs time and memory."""

import ssl
from functools import cache

import certifi


@cache
def trusted() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=certifi.where())
