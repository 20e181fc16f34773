"""Loading libraries without what they would bring along, for what is loaded stays in memory."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any


@contextmanager
def without(name: str) -> Iterator[None]:
    """Import something as if its optional dependency `name` were not installed; once loaded, it stays."""
    if name in sys.modules:
        yield
        return
    sys.modules[name] = None  # type: ignore[assignment]  # as the import system documents it
    try:
        yield
    finally:
        del sys.modules[name]


@contextmanager
def bare(package: str) -> Iterator[None]:
    """Import single modules of a package without running the package itself, which would load all it holds."""
    if package in sys.modules:
        yield
        return
    above, _dot, name = package.rpartition(".")
    spec = find_spec(above)
    found = ModuleType(package)
    found.__path__ = [f"{place}/{name}" for place in (spec and spec.submodule_search_locations) or ()]
    sys.modules[package] = found
    try:
        yield
    finally:
        del sys.modules[package]


def bring_vietnam() -> Any:
    """The class of Vietnam's holidays, without those of 250 other countries: they would take 8 MiB."""
    with bare("holidays.countries"):
        return import_module("holidays.countries.vietnam").Vietnam


@contextmanager
def hollow(*names: str) -> Iterator[None]:
    """Import something as if these packages held nothing: it may name what is in them, and never uses it."""
    missing = [name for name in names if name not in sys.modules]
    sys.modules.update({name: _Hollow(name) for name in missing})
    try:
        yield
    finally:
        for name in missing:
            del sys.modules[name]


class _Hollow(ModuleType):
    """Every name in it is there, and stands for nothing; so is every name in those."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return object if name[0].isupper() else _Hollow(name)


def bring_pywebpush() -> Any:
    """What seals a push, without the two HTTP libraries it could send it by: ours sends it, and they take 14 MiB."""
    with hollow("aiohttp", "requests"):
        import pywebpush
    return pywebpush


def bring_openpyxl() -> None:
    """Load openpyxl as if numpy and Pillow were not there: they are installed for pictures, which a process of its
    own draws (bot/workers/pictures.py), and would take 15 MiB here.
    """
    with without("numpy"), without("PIL"):
        import openpyxl  # noqa: F401  once loaded, it stays
