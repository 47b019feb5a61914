"""What a page depends on, in one digest.

Sphinx goes by the time stamps of a page's source and of its ``literalinclude`` files. It does not
know the library that the page's cells import, the registry entries that its claims name, nor the
settings of the run. A page whose digest changed must be executed again; a page whose digest did not
must not.
"""

import ast
import hashlib
import os
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import yaml

from dlbook_site.cells import Cell, cells, parsed
from dlbook_site.imports import PACKAGE, Use, closure, strings, submodules, uses

PACKAGES = ("torch", "numpy", "scipy", "scikit-learn", "matplotlib")
VARIABLES = ("DLBOOK_SEED", "DLBOOK_DEVICE", "OMP_NUM_THREADS")


def page_digest(page: Path, root: Path) -> str:
    """Return the digest of everything that a page's outputs depend on."""
    text = page.read_text(encoding="utf8")
    parts = [f"text:{_digest(text.encode())}"]
    if cells(text):
        parts += settings()
        files = [*page_modules(page, root), *_local_files(page, root)]
        parts += [f"{path.relative_to(root)}:{_digest(path.read_bytes())}" for path in files]
        registry = _registry(root)
        names = page_claims(page)
        named = registry if names is None else {name: registry.get(name) for name in names}
        parts += [f"claim {name}:{entry!r}" for name, entry in sorted(named.items())]
    return _digest("\n".join(parts).encode())


def settings() -> Iterator[str]:
    """Yield the settings of the run that can change a result."""
    yield f"python {sys.version_info.major}.{sys.version_info.minor}"
    for package in PACKAGES:
        try:
            yield f"{package} {version(package)}"
        except PackageNotFoundError:
            yield f"{package} absent"
    for name in VARIABLES:
        yield f"{name}={os.environ.get(name, '')}"


def page_modules(page: Path, root: Path) -> list[Path]:
    """Return the library's files that a page's cells use, directly or through other modules."""
    return sorted(closure(_page_uses(page, root), root))


def page_imports(page: Path, root: Path) -> set[str]:
    """Return the library's modules that a page's cells name themselves, such as dlbook.stats."""
    return {use.module for use in _page_uses(page, root)}


def page_claims(page: Path) -> set[str] | None:
    """Return the ids of the claims that a page's cells make; None if they are not plain texts."""
    arguments = [
        call.args[0] if call.args else None
        for tree in _trees(page)
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and _called(call) == "claim"
    ]
    names = {a.value for a in arguments if isinstance(a, ast.Constant)}
    return names if all(isinstance(a, ast.Constant) for a in arguments) else None


def code_cells(text: str) -> list[str]:
    """Return the Python of each code cell, without its options."""
    return [cell.code for cell in cells(text)]


def _page_uses(page: Path, root: Path) -> set[Use]:
    """Return what the cells of a page import, name or call up."""
    found: set[Use] = set()
    for cell in cells(page.read_text(encoding="utf8")):
        if PACKAGE in _magics(cell):
            found.add(Use(f"{PACKAGE}.cli", whole=True))
        tree = parsed(cell.code)
        if tree is None:
            continue
        found |= {*uses(tree, root), *strings(tree), *_checks(tree, root)}
        if any(getattr(node, "value", None) == PACKAGE for node in ast.walk(tree)):
            found.add(Use(f"{PACKAGE}.cli", whole=True))  # a command: ["dlbook", "list"]
    return found


def _checks(tree: ast.AST, root: Path) -> Iterator[Use]:
    """Yield the modules with the hidden cases of the exercises that a cell checks."""
    package = f"{PACKAGE}.exercises"
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and _called(call) == "check" and call.args:
            first = call.args[0]
            if isinstance(first, ast.JoinedStr) and first.values:
                first = first.values[0]
            topic, slash, _ = str(getattr(first, "value", "")).partition("/")
            if slash:
                yield Use(f"{package}.{topic.replace('-', '_')}", whole=True)
            else:
                yield from (Use(name, whole=True) for name in submodules(package, root))


def _local_files(page: Path, root: Path) -> list[Path]:
    """Return the files that the cells of a page name by a path relative to the page."""
    names = {str(cell.options["load"]) for cell in _cells(page) if "load" in cell.options}
    for tree in _trees(page):
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                names.add(node.value)
            elif isinstance(node, (ast.Import, ast.ImportFrom)):
                module = getattr(node, "module", None)
                names |= {f"{m}.py" for m in (module, *(a.name for a in node.names)) if m}
    beside = (page.parent / name for name in names if 0 < len(name) < 200 and "\n" not in name)
    return sorted(
        path
        for path in beside
        if path.is_file()
        and path.resolve().is_relative_to(root.resolve())
        and path.is_relative_to(root)
    )


def _magics(cell: Cell) -> str:
    """Return a cell's shell and magic lines."""
    return "\n".join(
        line for line in cell.code.splitlines() if line.lstrip().startswith(("!", "%"))
    )


def _cells(page: Path) -> list[Cell]:
    """Return the code cells of a page."""
    return cells(page.read_text(encoding="utf8"))


def _trees(page: Path) -> list[ast.Module]:
    """Return the syntax trees of a page's cells."""
    trees = (parsed(cell.code) for cell in _cells(page))
    return [tree for tree in trees if tree is not None]


def _called(call: ast.Call) -> str:
    """Return the name of the function that is called."""
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


def _registry(root: Path) -> dict[str, dict]:
    """Return the claims registry by id."""
    path = root / PACKAGE / "claims.yml"
    entries = yaml.safe_load(path.read_text(encoding="utf8")) if path.is_file() else None
    if isinstance(entries, dict):
        entries = entries.get("claims")
    return {entry["id"]: entry for entry in entries or []}


def _digest(content: bytes) -> str:
    """Return the digest of some bytes."""
    return hashlib.sha256(content).hexdigest()
