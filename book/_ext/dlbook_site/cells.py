"""The code cells of a page's source, found as myst-nb finds them.

A cell is a backtick or tilde fence at the top level; one inside another fence is only text.
"""

import ast
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import yaml

OPENING = re.compile(r"^ {0,3}(?P<marks>`{3,}|~{3,}|:{3,})(?P<info>.*)$")
MAGIC = re.compile(r"^(\s*)[%!?].*$", re.M)


class Fence(NamedTuple):
    """A fenced block: its marks, what stands behind them, its first inner line and its lines."""

    marks: str
    info: str
    line: int
    body: list[str]


class Cell(NamedTuple):
    """A code cell: the number of its first line of code, its options, its code."""

    line: int
    options: dict[str, Any]
    code: str


def cells(text: str) -> list[Cell]:
    """Return the code cells of a page's source, in order."""
    return [
        _cell(fence)
        for fence in fences(text)
        if fence.info.startswith("{code-cell}") and fence.marks[0] != ":"
    ]


def fences(text: str) -> Iterator[Fence]:
    """Yield the fences at the top level; a fence that is not closed reaches to the end."""
    lines = text.splitlines()
    number = 0
    while number < len(lines):
        opening = OPENING.match(lines[number])
        number += 1
        if opening is None or (opening["marks"][0] == "`" and "`" in opening["info"]):
            continue
        mark = re.escape(opening["marks"][0])
        closing = re.compile(rf"^ {{0,3}}{mark}{{{len(opening['marks'])},}}\s*$")
        first = number
        while number < len(lines) and not closing.match(lines[number]):
            number += 1
        yield Fence(opening["marks"], opening["info"].strip(), first + 1, lines[first:number])
        number += 1


def parsed(code: str) -> ast.Module | None:
    """Return the syntax tree of a cell, magics left out; None if it is not Python."""
    try:
        return ast.parse(MAGIC.sub(r"\1pass", code))
    except SyntaxError:  # the execution will report it
        return None


def _cell(fence: Fence) -> Cell:
    """Split a cell's options from its code."""
    body = fence.body
    options: dict[str, Any] = {}
    start = 0
    if body and body[0].startswith("---"):
        end = next((i for i, text in enumerate(body[1:], 1) if text.startswith("---")), len(body))
        read = _yaml("\n".join(body[1:end]))
        options, start = read if isinstance(read, dict) else {}, end + 1
    else:
        while start < len(body) and body[start].startswith(":"):
            name, _, value = body[start][1:].partition(":")
            options[name.strip()] = _yaml(value)
            start += 1
    while start < len(body) and not body[start].strip():
        start += 1
    return Cell(fence.line + start, options, "\n".join(body[start:]))


def _yaml(text: str) -> Any:
    """Read YAML; what is not YAML stays text, and the build itself reports it."""
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        return text.strip()
