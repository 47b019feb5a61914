"""The code that a page shows from a file of the library, by ``literalinclude``."""

import ast
import textwrap
from pathlib import Path
from typing import Any


def included_lines(path: Path, options: dict[str, str]) -> list[str]:
    """Return the lines that a ``literalinclude`` shows; a note if they cannot be had."""
    try:
        lines = path.read_text(encoding="utf8").split("\n")
    except OSError:
        return [f"# see {path.name}"]
    if "pyobject" in options:
        lines = _object(lines, options["pyobject"])
    cuts = (("start-at", _from), ("start-after", _after), ("end-before", _before))
    for option, cut in cuts:
        if option in options:
            lines = cut(lines, options[option].strip("\"'"))
    return textwrap.dedent("\n".join(lines)).strip("\n").split("\n")


def _object(lines: list[str], name: str) -> list[str]:
    """Return the lines of a function, class or method."""
    body: list[ast.stmt] = ast.parse("\n".join(lines)).body
    node: Any = None
    for part in name.split("."):
        node = next((n for n in body if getattr(n, "name", None) == part), None)
        body = getattr(node, "body", [])
    if node is None:
        return [f"# see {name}"]
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    return lines[first - 1 : node.end_lineno]


def _from(lines: list[str], mark: str) -> list[str]:
    """Return the lines from the one that holds the mark."""
    return next((lines[i:] for i, line in enumerate(lines) if mark in line), lines)


def _after(lines: list[str], mark: str) -> list[str]:
    """Return the lines after the one that holds the mark."""
    return next((lines[i + 1 :] for i, line in enumerate(lines) if mark in line), lines)


def _before(lines: list[str], mark: str) -> list[str]:
    """Return the lines before the one that holds the mark."""
    return next((lines[:i] for i, line in enumerate(lines) if mark in line), lines)
