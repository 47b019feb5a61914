"""Which files of the library a piece of code leads to.

The walk follows imports wherever they stand (inside functions too), sees through the re-exports of
an ``__init__`` without following those that nobody asked for, and leaves out what is imported for
the type checker alone.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

PACKAGE = "dlbook"
DOTTED = re.compile(rf"{PACKAGE}(\.\w+)+")
LOADERS = {"import_module", "__import__", "run_module", "files", "find_spec"}


class Use(NamedTuple):
    """A module that some code uses; ``whole`` if all that a package re-exports is within reach."""

    module: str
    whole: bool = False


def closure(uses: set[Use], root: Path) -> set[Path]:
    """Return the library's files that these modules lead to, data files included."""
    found: set[Path] = set()
    seen: set[Use] = set()
    queue = list(uses)
    while queue:
        use = queue.pop()
        path = module_file(use.module, root)
        if path is None or use in seen:
            continue
        seen.add(use)
        found.add(path)
        found |= data_files(path)
        queue += _file_uses(path, path.stat().st_mtime_ns, root, use.whole)
    return found


def uses(tree: ast.AST, root: Path, inside: Path | None = None) -> Iterator[Use]:
    """Yield the modules of the library that a piece of code names."""
    for node in _walk(tree):
        if isinstance(node, ast.Import):
            names = (alias.name for alias in node.names)
            yield from (Use(n, whole=True) for n in names if n.split(".")[0] == PACKAGE)
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(node, inside, root)
            if base.split(".")[0] == PACKAGE:
                for alias in node.names:
                    yield from _origin(base, alias.name, root)
        elif isinstance(node, ast.Call) and _name(node.func) in LOADERS:
            yield from strings(node)


def strings(tree: ast.AST) -> Iterator[Use]:
    """Yield the modules that texts in the code name, as in ``import_module("dlbook.stats")``."""
    for node in ast.walk(tree):
        value = getattr(node, "value", None)
        if isinstance(value, str) and DOTTED.fullmatch(value):
            yield Use(value, whole=True)


def module_file(module: str, root: Path) -> Path | None:
    """Return the file of a module of the library, if there is one."""
    base = root.joinpath(*module.split("."))
    for path in (base.with_suffix(".py"), base / "__init__.py"):
        if path.is_file():
            return path
    return None


def submodules(package: str, root: Path) -> set[str]:
    """Return the modules directly inside a package."""
    folder = root.joinpath(*package.split("."))
    return {f"{package}.{path.stem}" for path in folder.glob("*.py") if path.stem != "__init__"}


def data_files(module: Path) -> set[Path]:
    """Return the data files beside or below a module that it names, except the claims registry.

    A name that is put together at run time, such as ``f"{name}.csv"``, stands for all such files.
    The registry is left out because each page depends only on its own entries of it.
    """
    text = module.read_text(encoding="utf8")
    beside = (
        p for p in module.parent.rglob("*") if p.is_file() and p.suffix not in (".py", ".pyc")
    )
    return {
        path
        for path in beside
        if path.name != "claims.yml"
        and (path.name in text or (path.suffix and f"}}{path.suffix}" in text))
    }


def _origin(base: str, name: str, root: Path) -> Iterator[Use]:
    """Yield the modules behind ``from base import name``, seeing through re-exports."""
    if module_file(f"{base}.{name}", root):
        yield Use(f"{base}.{name}", whole=True)
        return
    yield Use(base, whole=name == "*")
    path = module_file(base, root)
    if path is None or path.name != "__init__.py":
        return
    tree = _tree(path, path.stat().st_mtime_ns)
    found = False
    for node in _walk(tree):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if name in (alias.asname or alias.name, "*") or alias.name == "*":
                    found = True
                    origin = name if alias.name == "*" else alias.name
                    yield from _origin(_absolute(node, path, root), origin, root)
    if not found:  # defined here, or looked up in a table of names
        yield from strings(tree)


@cache
def _file_uses(path: Path, mtime: int, root: Path, whole: bool) -> tuple[Use, ...]:
    """Return what a file of the library uses; of an ``__init__`` no re-exports unless ``whole``."""
    tree = _tree(path, mtime)
    if path.name == "__init__.py" and not whole:
        plain = (n for n in _walk(tree) if isinstance(n, ast.Import))
        return tuple(use for node in plain for use in uses(node, root, path))
    return tuple(uses(tree, root, path))


def _walk(tree: ast.AST) -> Iterator[ast.AST]:
    """Walk a tree, leaving out ``if TYPE_CHECKING:``."""
    yield tree
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.If) and _name(child.test) == "TYPE_CHECKING":
            for node in child.orelse:
                yield from _walk(node)
        else:
            yield from _walk(child)


def _name(node: ast.AST) -> str:
    """Return the last name of ``a.b.name``."""
    return getattr(node, "attr", getattr(node, "id", ""))


def _absolute(node: ast.ImportFrom, inside: Path | None, root: Path) -> str:
    """Return the absolute name of the module that an import statement names."""
    if not node.level or inside is None:
        return node.module or ""
    package = inside.relative_to(root).parent.parts
    package = package[: len(package) - node.level + 1]
    return ".".join([*package, *([node.module] if node.module else [])])


@cache
def _tree(path: Path, _mtime: int) -> ast.Module:
    """Parse a file once for each version of it."""
    return ast.parse(path.read_text(encoding="utf8"))
