"""What a page depends on beyond its own text, in one digest.

Sphinx knows a page's source and its ``literalinclude`` files. It does not know the library that the
page's cells import, the registry entries that its claims name, nor the settings of the run. A page
whose digest changed must be executed again; a page whose digest did not must not.
"""

import ast
import hashlib
import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import yaml

CODE_CELL = re.compile(r"^(`{3,}|:{3,})\{code-cell\}[^\n]*\n(.*?)^\1\s*$", re.M | re.S)
CLAIM = re.compile(r"\bclaim\(\s*[\"']([\w-]+)[\"']")
CHECK = re.compile(r"\bcheck\(\s*[\"'](\w[\w-]*)/")
PACKAGE = "dlbook"


def page_digest(page: Path, root: Path) -> str:
    """Return the digest of everything that a page's outputs depend on, except its own text."""
    parts = [*settings()]
    parts += [f"{path.relative_to(root)}:{_content(path)}" for path in page_modules(page, root)]
    text = page.read_text(encoding="utf8")
    registry = _registry(root)
    parts += [f"claim {name}:{registry.get(name)!r}" for name in sorted(set(CLAIM.findall(text)))]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def settings() -> Iterator[str]:
    """Yield the settings of the run that can change a result."""
    import torch

    yield f"torch {torch.__version__}"
    for name in ("DLBOOK_SEED", "DLBOOK_DEVICE"):
        yield f"{name}={os.environ.get(name, '')}"


def page_modules(page: Path, root: Path) -> list[Path]:
    """Return the library's files that a page's cells use, directly or through other modules."""
    _, found = _closure(page, root)
    return sorted(found)


def page_imports(page: Path, root: Path) -> set[str]:
    """Return the library's modules that a page's cells name themselves, such as dlbook.stats."""
    direct, _ = _closure(page, root)
    return direct


def code_cells(text: str) -> list[str]:
    """Return the Python of each code cell, without its options."""
    cells = []
    for match in CODE_CELL.finditer(text):
        body = match.group(2)
        if body.startswith("---\n"):
            body = body.split("\n---\n", 1)[-1]
        body = re.sub(r"\A(:[^\n]*\n)+", "", body)
        cells.append(body)
    return cells


def _closure(page: Path, root: Path) -> tuple[set[str], set[Path]]:
    """Return the modules that the page imports and every file that these lead to."""
    text = page.read_text(encoding="utf8")
    direct: set[str] = set()
    for cell in code_cells(text):
        try:
            direct |= set(_imports(ast.parse(cell), root))
        except SyntaxError:  # a magic, or an error that the execution will report
            continue
    direct |= {f"{PACKAGE}.exercises.{topic}" for topic in CHECK.findall(text)}
    found: set[Path] = set()
    queue = list(direct)
    while queue:
        path = _module_file(queue.pop(), root)
        if path is None or path in found:
            continue
        found.add(path)
        found |= _data_files(path)
        queue += _imports(_parsed(path, path.stat().st_mtime_ns), root, path)
    return direct, found


def _imports(tree: ast.AST, root: Path, inside: Path | None = None) -> Iterator[str]:
    """Yield the full names of the library's modules that a piece of code imports."""
    reexports_only = inside is not None and inside.name == "__init__.py"
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (a.name for a in node.names if a.name.split(".")[0] == PACKAGE)
        elif isinstance(node, ast.ImportFrom) and not reexports_only:
            base = _absolute(node, inside, root)
            if base.split(".")[0] == PACKAGE:
                for alias in node.names:
                    yield from _origin(base, alias.name, root)


def _origin(base: str, name: str, root: Path) -> Iterator[str]:
    """Yield the modules behind ``from base import name``, seeing through re-exports.

    A package's ``__init__`` only re-exports, so it counts as a file, but only the re-exports that
    are asked for are followed: else each page would depend on the whole library.
    """
    if _module_file(f"{base}.{name}", root):
        yield f"{base}.{name}"
        return
    yield base
    path = _module_file(base, root)
    if path is not None and path.name == "__init__.py":
        for node in ast.walk(_parsed(path, path.stat().st_mtime_ns)):
            if isinstance(node, ast.ImportFrom):
                origin = _absolute(node, path, root)
                if any(name in (alias.asname, alias.name) for alias in node.names):
                    yield from _origin(origin, name, root)


def _absolute(node: ast.ImportFrom, inside: Path | None, root: Path) -> str:
    """Return the absolute name of the module that an import statement names."""
    if not node.level or inside is None:
        return node.module or ""
    package = inside.relative_to(root).parent.parts
    package = package[: len(package) - node.level + 1]
    return ".".join([*package, *([node.module] if node.module else [])])


def _module_file(module: str, root: Path) -> Path | None:
    """Return the file of a module of the library, if there is one."""
    base = root.joinpath(*module.split("."))
    for path in (base.with_suffix(".py"), base / "__init__.py"):
        if path.is_file():
            return path
    return None


def _data_files(module: Path) -> set[Path]:
    """Return the data files beside a module that it names, except the registry (see above)."""
    text = module.read_text(encoding="utf8")
    beside = (p for p in module.parent.iterdir() if p.suffix in {".yml", ".txt", ".json", ".csv"})
    return {p for p in beside if p.name in text and p.name != "claims.yml"}


def _registry(root: Path) -> dict[str, dict]:
    """Return the claims registry by id."""
    path = root / PACKAGE / "claims.yml"
    entries = yaml.safe_load(path.read_text(encoding="utf8")) if path.is_file() else None
    return {entry["id"]: entry for entry in (entries or {}).get("claims", [])}


@cache
def _parsed(path: Path, _mtime: int) -> ast.Module:
    """Parse a file once for each version of it."""
    return ast.parse(path.read_text(encoding="utf8"))


def _content(path: Path) -> str:
    """Return the digest of a file's content."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
