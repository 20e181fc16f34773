"""Which kinds of timer the program plans, read from its source: a kind is a string handed to storage's timers."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tests.houses.architecture import File, Files, whence

PLANNING = {"plan": 1, "plan_all": 1, "Kind": 0}  # where among the arguments the kind is, or what holds it


class UnknownKindError(AssertionError):
    """A timer is planned under a kind that cannot be read from the source."""


def planned(files: Files) -> dict[str, set[str]]:
    """The files that plan a timer of each kind. Raises UnknownKindError, naming the line."""
    found: dict[str, set[str]] = {}
    for file in files.values():
        if {"plan", "plan_all"} <= file.names or "Job" in file.names:
            continue  # the timers and the jobs themselves
        for place in _functions(file):
            for call in (node for node in place.nodes if isinstance(node, ast.Call)):
                if (at := _planning(file, call, files)) is not None and len(call.args) > at:
                    for kind in Reading(files).strings(place, call.args[at]):
                        found.setdefault(kind, set()).add(file.path)
    return found


def _planning(file: File, call: ast.Call, files: Files) -> int | None:
    """Which argument of a call says the kind; None where nothing is planned."""
    match call.func:
        case ast.Attribute(attr="job"):
            return 0
        case ast.Attribute(value=ast.Name(id="timers"), attr=name) if name in PLANNING:
            return PLANNING[name]
        case ast.Name(id=name) if name in PLANNING and _imported(file, name, files).endswith(".timers"):
            return PLANNING[name]
    return None


def _imported(file: File, name: str, files: Files) -> str:
    for node in ast.walk(file.tree):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if (alias.asname or alias.name) == name:
                    return whence(file, node, alias.name, files)
    return ""


@dataclass(frozen=True)
class Place:
    """A function of a file with its own statements, or a file outside of its functions."""

    file: File
    function: ast.FunctionDef | None
    nodes: tuple[ast.AST, ...]


def _functions(file: File) -> Iterator[Place]:
    functions = [node for node in ast.walk(file.tree) if isinstance(node, ast.FunctionDef)]
    inside = {node for function in functions for node in ast.walk(function)}
    yield Place(file, None, tuple(node for node in ast.walk(file.tree) if node not in inside))
    for function in functions:
        yield Place(file, function, tuple(ast.walk(function)))


@dataclass(frozen=True)
class Reading:
    """Follows an expression to the strings it stands for: constants, parameters, what is looped over or yielded."""

    files: Files

    def strings(self, place: Place, node: ast.expr) -> Iterator[str]:
        match node:
            case ast.Constant(value=str(text)):
                yield text
            case (
                ast.Tuple(elts=[first, *_])
                | ast.Call(func=ast.Attribute(attr="Kind") | ast.Name(id="Kind"), args=[first, *_])
            ):
                yield from self.strings(place, first)
            case ast.List(elts=several):
                yield from self._all(place, several)
            case ast.IfExp(body=one, orelse=other):
                yield from self._all(place, [one, other])
            case ast.GeneratorExp(elt=element) | ast.ListComp(elt=element):
                yield from self.strings(place, element)
            case ast.Call(func=ast.Name(id=name)) if name in self._made(place.file):
                yield from self._yielded(place.file, name)
            case ast.Name(id=name):
                yield from self._named(place, name, node)
            case ast.Attribute(value=ast.Name(id=module), attr=name):
                yield from self._constant(self._module(place.file, module), name, place, node)
            case _:
                raise self._unknown(place, node)

    def _named(self, place: Place, name: str, node: ast.expr) -> Iterator[str]:
        looped = [target for target in place.nodes if isinstance(target, (ast.For, ast.comprehension))]
        for loop in looped:
            targets = loop.target.elts if isinstance(loop.target, ast.Tuple) else [loop.target]
            if isinstance(targets[0], ast.Name) and targets[0].id == name:
                several = isinstance(loop.iter, (ast.Tuple, ast.List))
                yield from self._all(place, loop.iter.elts if several else [loop.iter])
                return
        parameters = [argument.arg for argument in place.function.args.args] if place.function else []
        if name in parameters:
            yield from self._handed(place, parameters.index(name), name)
        elif name in place.file.names:
            yield from self._constant(place.file, name, place, node)
        else:
            yield from self._constant(self._module(place.file, name), name, place, node)

    def _all(self, place: Place, nodes: Iterable[ast.expr]) -> Iterator[str]:
        for node in nodes:
            yield from self.strings(place, node)

    def _handed(self, place: Place, index: int, name: str) -> Iterator[str]:
        """What the function's callers give for a parameter."""
        assert place.function is not None
        for file in self.files.values():
            for caller in _functions(file):
                for call in (node for node in caller.nodes if isinstance(node, ast.Call)):
                    called = getattr(call.func, "attr", getattr(call.func, "id", ""))
                    given = [word.value for word in call.keywords if word.arg == name] + call.args[
                        index : index + 1
                    ]
                    if called == place.function.name and given:
                        yield from self.strings(caller, given[0])

    def _made(self, file: File) -> set[str]:
        return {node.name for node in ast.walk(file.tree) if isinstance(node, ast.FunctionDef)}

    def _yielded(self, file: File, name: str) -> Iterator[str]:
        for place in _functions(file):
            if place.function is not None and place.function.name == name:
                for node in place.nodes:
                    if isinstance(node, (ast.Yield, ast.Return)) and node.value is not None:
                        yield from self.strings(place, node.value)

    def _module(self, file: File, name: str) -> File | None:
        return self.files.get(_imported(file, name, self.files))

    def _constant(self, file: File | None, name: str, place: Place, node: ast.expr) -> Iterator[str]:
        for statement in file.tree.body if file else []:
            targets = getattr(statement, "targets", [getattr(statement, "target", None)])
            if any(isinstance(target, ast.Name) and target.id == name for target in targets):
                assert file is not None
                yield from self.strings(Place(file, None, ()), statement.value)  # type: ignore[attr-defined]
                return
        raise self._unknown(place, node)

    def _unknown(self, place: Place, node: ast.expr) -> UnknownKindError:
        return UnknownKindError(
            f"{place.file.path}:{node.lineno}: which kind of timer is {ast.unparse(node)!r}?"
        )
