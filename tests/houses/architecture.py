"""The program as a tree of files that import one another: read from its source, wherever an import stands.

An import inside a function counts: it only hides a circle. One under `if TYPE_CHECKING:` does not: it names a type
for its reader, nothing of it runs, and without it two files that hand each other objects could not say so.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]
FLOORS = ("bot", "handlers", "storage", "locales")
Graph = Mapping[str, AbstractSet[str]]


@dataclass(frozen=True)
class File:
    """A module: its dotted name and its source; `is_package` where it is an __init__.py."""

    name: str
    source: str
    is_package: bool = False

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.source)

    @property
    def path(self) -> str:
        return self.name.replace(".", "/") + ("/__init__.py" if self.is_package else ".py")

    @cached_property
    def names(self) -> set[str]:
        """What its own statements define."""
        defined = {node.name for node in self.tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
        for node in self.tree.body:
            targets = getattr(node, "targets", [getattr(node, "target", None)])
            defined |= {target.id for target in targets if isinstance(target, ast.Name)}
        return defined


Files = Mapping[str, File]


def files_of(root: Path, floors: Iterable[str] = FLOORS) -> dict[str, File]:
    """All modules below a folder's floors, by dotted name."""
    found = {}
    for floor in floors:
        for path in sorted((root / floor).rglob("*.py")):
            parts = path.relative_to(root).with_suffix("").parts
            is_package = parts[-1] == "__init__"
            name = ".".join(parts[:-1] if is_package else parts)
            found[name] = File(name, path.read_text(encoding="utf-8"), is_package)
    return found


def made_up(sources: Mapping[str, str]) -> dict[str, File]:
    """A tree from paths and their source, to try the checks on."""
    found = {}
    for path, source in sources.items():
        is_package = path.endswith("__init__.py")
        name = path.removesuffix("/__init__.py").removesuffix(".py").replace("/", ".")
        found[name] = File(name, source, is_package)
    return found


def imports(files: Files) -> dict[str, set[str]]:
    """Which module imports which, of those that are in the tree."""
    return {name: set(_imported(file, files)) - {name} for name, file in files.items()}


def _imported(file: File, files: Files) -> Iterator[str]:
    for node in _that_runs(file.tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in files)
        elif isinstance(node, ast.ImportFrom):
            yield from filter(
                files.__contains__, (whence(file, node, alias.name, files) for alias in node.names)
            )


def whence(file: File, node: ast.ImportFrom, name: str, files: Files) -> str:
    """The module that `from … import name` reads: a package's own name comes before a module in it."""
    module = node.module or ""
    if node.level:
        above = file.name.split(".")[: len(file.name.split(".")) - node.level + file.is_package]
        module = ".".join(filter(None, (*above, module)))
    inner = f"{module}.{name}"
    own = module in files and name in files[module].names
    return inner if inner in files and not own else module


def _that_runs(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            for other in child.orelse:
                yield from (other, *_that_runs(other))
        else:
            yield child
            yield from _that_runs(child)


def circles(graph: Graph) -> list[list[str]]:
    """The groups of nodes that lead to one another, each sorted, the largest first."""
    reached = {node: _reached(graph, node) for node in graph}
    groups = {
        tuple(sorted(other for other in reached[node] if node in reached[other]))
        for node in graph
        if node in reached[node]
    }
    return sorted(map(list, groups), key=lambda group: (-len(group), group))


def _reached(graph: Graph, start: str) -> set[str]:
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        new = graph.get(waiting.pop(), set()) - seen
        seen |= new
        waiting += new
    return seen


def package_circles(files: Files) -> list[list[str]]:
    """Circles between what lies side by side in one package, where at least one of it is a package itself."""
    packages = {name for name, file in files.items() if file.is_package}
    graph = imports(files)
    found = []
    for package in sorted(packages):
        siblings = _siblings(graph, package)
        found += [circle for circle in circles(siblings) if packages & set(circle)]
    return found


def _siblings(graph: Graph, package: str) -> dict[str, set[str]]:
    """What lies in a package, and which of it imports which, its contents included."""
    depth = package.count(".") + 2

    def sibling(name: str) -> str:
        return ".".join(name.split(".")[:depth]) if name.startswith(f"{package}.") else ""

    found: dict[str, set[str]] = {}
    for name, led in graph.items():
        if own := sibling(name):
            found.setdefault(own, set()).update(filter(None, {sibling(other) for other in led} - {own}))
    return found


def crowded(root: Path, folders: Iterable[str], most: int) -> dict[str, int]:
    """Folders with more than `most` modules, and how many; what only says that a folder is a package is none."""
    found: dict[str, int] = {}
    for folder in folders:
        for path in (root / folder).rglob("*.py"):
            if path.name != "__init__.py":
                where = path.parent.relative_to(root).as_posix()
                found[where] = found.get(where, 0) + 1
    return {where: count for where, count in sorted(found.items()) if count > most}


def upward(files: Files, below: Mapping[str, AbstractSet[str]]) -> list[str]:
    """Imports that do not point down: `below` says which floors each floor may import beside itself."""
    return [
        f"{files[name].path} imports {files[other].path}"
        for name, led in imports(files).items()
        for other in sorted(led)
        if (floor := name.partition(".")[0]) != (target := other.partition(".")[0])
        and target not in below[floor]
    ]
