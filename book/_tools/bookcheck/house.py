"""Rules of the house for the library and the repository: import order, sizes, texts, pins."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from dlbook_site.imports import PACKAGE, uses

from bookcheck.book import Finding

# Imports point from a later layer to an earlier one, or stay in theirs without a circle.
LAYERS = (
    ("device", "glue", "seed"),
    ("data", "metrics", "stats", "claims", "plotting", "perceptron", "autograd", "nn", "optim"),
    ("models",),
    ("training",),
    ("exercises",),
    ("cli",),
)
FORBIDDEN = {("plotting", "data"), ("data", "plotting"), ("data", "claims"), ("metrics", "data")}
MAX_CODE_LINES = 300
MAX_FUNCTION_LINES = 60

MACHINE = re.compile(
    r"(?<![\w.])/(?:ho" r"me|Us" r"ers|ro" r"ot|wo" r"rk)/[\w.-]+|[A-Z]:\\\\?Us" r"ers"
)
REGISTRY = re.compile(
    r"\b(?:test\.)?py"
    r"pi\.org|pythonho"
    r"sted\.org|registry\.np"
    r"mjs|conda\.ana"
    r"conda|"
    r"artifact"
    r"ory|index-u"
    r"rl[\s=:]+[\"']?https?://(?!download\.pytorch\.org/whl/cpu)\w"
)
BINARY = {".png", ".jpg", ".jpeg", ".gif", ".ico", ".woff", ".woff2", ".gz", ".pdf", ".npz"}


def import_order(root: Path) -> Iterator[Finding]:
    """The library's imports point one way."""
    rank = {name: level for level, names in enumerate(LAYERS) for name in names}
    for module, imported in sorted(_graph(root).items()):
        here = _topic(module)
        if here and here not in rank:
            yield Finding(module, f"{here!r} has no place in the import order (LAYERS)")
        for other in sorted(imported):
            there = _topic(other)
            if rank.get(there, 0) > rank.get(here, 9) or (here, there) in FORBIDDEN:
                yield Finding(module, f"imports {other}, against the order of the layers")
    yield from circles(root)


def circles(root: Path) -> Iterator[Finding]:
    """No module leads back to itself, whether it is imported at the top or inside a function."""
    graph = _graph(root)
    for start in sorted(graph):
        queue, seen = sorted(graph[start]), set()
        while queue:
            module = queue.pop()
            if module == start:
                yield Finding(start, "leads back to itself by its imports")
                break
            if module not in seen:
                seen.add(module)
                queue += sorted(graph.get(module, ()))


def reexports(root: Path) -> Iterator[Finding]:
    """An ``__init__`` re-exports and does nothing else."""
    for path in sorted((root / PACKAGE).rglob("__init__.py")):
        where = path.relative_to(root).as_posix()
        exported: set[str] | None = None
        imported = {p.stem for p in path.parent.glob("*.py")}
        imported |= {p.parent.name for p in path.parent.glob("*/__init__.py")}
        for node in _tree(path).body:
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(PACKAGE):
                imported |= {alias.asname or alias.name for alias in node.names}
            elif _assigns(node) == "__all__":
                exported = set(ast.literal_eval(node.value))  # type: ignore[attr-defined]
            elif _assigns(node) == "__version__":
                imported.add("__version__")
            elif not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
                yield Finding(where, f"line {node.lineno}: an __init__ only re-exports")
        if exported is None:
            yield Finding(where, "has no __all__")
        elif exported - imported:
            yield Finding(where, f"exports {sorted(exported - imported)}, which it does not import")


def sizes(root: Path) -> Iterator[Finding]:
    """A file is read in one sitting, a function on one screen; docstrings are not counted."""
    for path in sorted((root / PACKAGE).rglob("*.py")):
        where = path.relative_to(root).as_posix()
        lines = _code_lines(path)
        if len(lines) > MAX_CODE_LINES:
            yield Finding(where, f"{len(lines)} lines of code; at most {MAX_CODE_LINES}")
        for node in ast.walk(_tree(path)):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                count = sum(node.lineno <= n <= (node.end_lineno or 0) for n in lines)
                if count > MAX_FUNCTION_LINES:
                    yield Finding(where, f"{node.name} has {count} lines of code")


def future_imports(root: Path) -> Iterator[Finding]:
    """``from __future__ import annotations`` stands only where a name is used before it exists."""
    for path in sorted((root / PACKAGE).rglob("*.py")):
        tree = _tree(path)
        has = any(isinstance(n, ast.ImportFrom) and n.module == "__future__" for n in tree.body)
        if has and not _needs_future(tree):
            yield Finding(path.relative_to(root).as_posix(), "does not need from __future__")


def texts(root: Path) -> Iterator[Finding]:
    """No tracked file names a folder of someone's machine or the address of a registry."""
    for path in tracked(root):
        if path.suffix in BINARY or not path.is_file():
            continue
        for number, line in enumerate(path.read_text(encoding="utf8").splitlines(), 1):
            for pattern, what in ((MACHINE, "a folder of a machine"), (REGISTRY, "a registry")):
                if match := pattern.search(line):
                    where = f"{path.relative_to(root).as_posix()}:{number}"
                    yield Finding(where, f"names {what}: {match[0]}")


def tracked(root: Path) -> list[Path]:
    """Return the files under version control."""
    command = ["git", "-C", str(root), "ls-files", "-z"]
    done = subprocess.run(command, capture_output=True, encoding="utf8", check=True)
    return [root / name for name in done.stdout.split("\0") if name]


def _graph(root: Path) -> dict[str, set[str]]:
    """Return what each module of the library imports; types alone do not count."""
    graph = {}
    for path in sorted((root / PACKAGE).rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        module = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        graph[module] = {use.module for use in uses(_tree(path), root, path)} - {module}
    # To import a module from its package does not use what the package re-exports.
    return {m: {o for o in others if not m.startswith(f"{o}.")} for m, others in graph.items()}


def _topic(module: str) -> str:
    """Return the part of the library that a module belongs to; a private file counts as claims'."""
    parts = module.split(".")
    name = parts[1] if len(parts) > 1 else ""
    return "claims" if name.startswith("_") else name


def _code_lines(path: Path) -> list[int]:
    """Return the numbers of the lines that hold code: no blanks, comments or docstrings."""
    hidden: set[int] = set()
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            hidden |= set(range(node.lineno, (node.end_lineno or 0) + 1))
    lines = path.read_text(encoding="utf8").splitlines()
    return [
        number
        for number, line in enumerate(lines, 1)
        if number not in hidden and line.strip() and not line.lstrip().startswith("#")
    ]


def _needs_future(tree: ast.Module) -> bool:
    """Tell whether an annotation names what is not there yet, or only for the type checker."""
    late = {node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            for inner in node.body:
                if isinstance(inner, (ast.Import, ast.ImportFrom)):
                    late |= {alias.asname or alias.name for alias in inner.names}
    notes = [
        note
        for node in ast.walk(tree)
        for note in (getattr(node, "annotation", None), getattr(node, "returns", None))
        if note is not None
    ]
    return any(isinstance(n, ast.Name) and n.id in late for note in notes for n in ast.walk(note))


def _assigns(node: ast.stmt) -> str:
    """Return the one name that a statement assigns to; empty if it is none."""
    if isinstance(node, ast.Assign) and len(node.targets) == 1:
        return getattr(node.targets[0], "id", "")
    return ""


def _tree(path: Path) -> ast.Module:
    """Parse a file."""
    return ast.parse(path.read_text(encoding="utf8"))
