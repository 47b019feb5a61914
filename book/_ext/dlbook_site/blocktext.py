"""Blocks of Markdown as texts: joined, quoted, indented; and the code cells between them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

ENVIRONMENT = re.compile(r"\\begin\{(\w+)\*?\}(.*)\\end\{\1\*?\}", re.S)
INNER = {"align": "aligned", "gather": "gathered", "alignat": "alignedat", "equation": ""}


@dataclass(frozen=True)
class Code:
    """A code cell: one that the build executed, or a stub for the reader."""

    index: int | None = None  # of the executed notebook's cells
    source: str = ""
    folded: bool = False  # part of a solution


Item = str | Code


def merged(items: Iterable[Item], separator: str = "\n\n") -> list[Item]:
    """Return the items with neighbouring texts joined."""
    result: list[Item] = []
    for item in items:
        if isinstance(item, str) and result and isinstance(result[-1], str):
            result[-1] += separator + item
        else:
            result.append(item)
    return result


def indented(items: list[Item], mark: str) -> list[Item]:
    """Return a list item: its mark, then everything under its first word; cells stay outside."""
    result: list[Item] = []
    for item in merged(items) or [""]:
        if isinstance(item, str):
            first = mark if not result else " " * len(mark)
            item = prefixed(item, first, " " * len(mark))
        result.append(item)
    return result


def prefixed(text: str, first: str, others: str) -> str:
    """Return a text with something before its first line and before each other one."""
    lines = text.split("\n")
    marks = [first] + [others] * (len(lines) - 1)
    return "\n".join((mark + line).rstrip() for mark, line in zip(marks, lines, strict=True))


def leading(items: list[Item], words: str) -> list[Item]:
    """Return blocks with words before the first one."""
    if items and isinstance(items[0], str):
        return [f"{words} {items[0]}", *items[1:]]
    return [words, *items]


def folded(title: str, text: str) -> str:
    """Return a text that opens on demand."""
    return f"<details><summary>{title}</summary>\n\n{text}\n\n</details>"


def displayed(text: str) -> str:
    """Return an equation's LaTeX as notebook readers take it between two double dollars."""
    text = re.sub(r"\\label\{[^}]*\}", "", text).strip()
    match = ENVIRONMENT.fullmatch(text)
    if match and match[1] in INNER:
        inner = INNER[match[1]]
        text = f"\\begin{{{inner}}}{match[2]}\\end{{{inner}}}" if inner else match[2].strip()
    outside = ENVIRONMENT.sub("", text)
    parts = [part.strip() for part in re.split(r"\n\s*\n", text)]
    if len(parts) > 1 or "\\\\" in outside or "&" in outside:
        text = "\\begin{aligned}\n" + " \\\\\n".join(parts) + "\n\\end{aligned}"
    return text
