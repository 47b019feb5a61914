"""A page of the book, taken apart: front matter, cells, directives, roles and prose.

``prose`` is the page's text with everything that is not prose blanked out, character for
character, so that a place in it is a place in the file.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from dlbook_site.cells import OPENING, Cell, cells

ROLE = re.compile(r"\{(?P<name>[a-zA-Z][\w:.+-]*)\}(?P<ticks>`+)(?P<text>.+?)(?P=ticks)(?!`)", re.S)
DIRECTIVE = re.compile(r"\{(?P<name>[\w:.+-]+)\}\s*(?P<argument>.*)")
FRONT_MATTER = re.compile(r"\A---\n(.*?)\n---[ \t]*(?:\n|\Z)", re.S)
LABEL = re.compile(r"^\((?P<label>[^()\s]+)\)=\s*$", re.M)
EQUATION = re.compile(r"^\s*\$\$[ \t]*\((?P<label>[^()\s]+)\)", re.M)

# Directives whose inside is not prose; every other directive's inside is.
CODE = {"code", "code-block", "code-cell", "literalinclude", "math", "mermaid", "raw", "sourcecode"}
CODE |= {"your-turn", "include", "eval-rst", "toctree", "tableofcontents", "bibliography", "image"}
CODE |= {"autosummary", "automodule", "autofunction", "autoclass", "raw-cell", "prf:proof-index"}
# Directives whose argument is a title.
TITLED = {"admonition", "card", "dropdown", "exercise", "exercise-start", "list-table", "margin"}
TITLED |= {"sidebar", "tab-item", "table", "topic"}
# Roles whose text is prose; what stands in all others is a number's source, code or a target.
TEXT_ROLES = {"term", "sub", "sup", "abbr", "index"}
TITLE_ROLES = {
    "ref",
    "doc",
    "download",
    "numref",
}  # only with a title of their own: `title <target>`

NOT_PROSE = (
    re.compile(r"<!--.*?-->", re.S),
    re.compile(r"^%.*$", re.M),
    re.compile(r"\$\$.*?\$\$(?:[ \t]*\([^()\s]+\))?", re.S),
    re.compile(r"\\begin\{(\w+\*?)\}.*?\\end\{\1\}", re.S),
    re.compile(r"(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)", re.S),
    re.compile(r"(?<![\\$])\$(?![\s$])(?:(?!\n\s*\n)[^$])+?(?<![\s\\])\$(?!\d)", re.S),
    re.compile(r"\]\([^()\s]*(?:\([^()]*\)[^()\s]*)*(?: \"[^\"]*\")?\)"),
    re.compile(r"<(?:https?:|mailto:)[^>\s]*>|https?://[^\s)>\]]+|</?[a-zA-Z][^>]*>"),
    re.compile(r"^\([^()\s]+\)=\s*$", re.M),
    re.compile(r"\{[.#][^{}]*\}"),
    re.compile(r"\b10\.\d{4,}/\S+|\barXiv:\s?\d{4}\.\d{4,5}", re.I),
)


class Directive(NamedTuple):
    """A directive: where its first line is, what it is called with, and the lines inside."""

    name: str
    argument: str
    options: dict[str, str]
    line: int
    last: int
    body: list[str]


class Role(NamedTuple):
    """A role: where it stands, its name and its text."""

    name: str
    text: str
    line: int


@dataclass(frozen=True)
class Page:
    """One source file of the book; ``name`` is its path from the root, without the suffix."""

    name: str
    path: Path

    @cached_property
    def text(self) -> str:
        """The source."""
        return self.path.read_text(encoding="utf8")

    @cached_property
    def front(self) -> dict[str, Any]:
        """The front matter; empty if there is none, or if it is not YAML."""
        match = FRONT_MATTER.match(self.text)
        try:
            read = yaml.safe_load(match[1]) if match else None
        except yaml.YAMLError:
            return {}
        return read if isinstance(read, dict) else {}

    @cached_property
    def cells(self) -> list[Cell]:
        """The code cells that the build executes."""
        return cells(self.text)

    @cached_property
    def directives(self) -> list[Directive]:
        """Every directive, those inside others too, in order."""
        return [block for block, _ in self._blocks if block.name]

    @cached_property
    def markup(self) -> str:
        """The text without front matter and code, everything else in its place."""
        lines = self.text.split("\n")
        match = FRONT_MATTER.match(self.text)
        hidden = set(range(match[0].count("\n") if match else 0))
        for block, inside_is_prose in self._blocks:
            first = block.last - 1 - len(block.body) if inside_is_prose else block.last - 1
            hidden |= set(range(block.line, max(first, block.line)))
            hidden.add(block.last - 1)
            title = block.argument if block.name in TITLED or ":" in block.name else ""
            lines[block.line - 1] = _keep(lines[block.line - 1], title)
        return "\n".join(
            " " * len(line) if number in hidden else line for number, line in enumerate(lines)
        )

    @cached_property
    def prose(self) -> str:
        """What a reader reads as sentences; everything else is blank."""
        return mask(self.markup)

    @cached_property
    def captions(self) -> list[tuple[int, str]]:
        """The captions of the cells' figures, with the line of the cell."""
        figures = [
            (c.line, (c.options.get("mystnb") or {}).get("figure") or {}) for c in self.cells
        ]
        return [(line, str(f["caption"])) for line, f in figures if f.get("caption")]

    @cached_property
    def roles(self) -> list[Role]:
        """Every role in the prose and in the captions."""
        found = [
            Role(m["name"], m["text"], self.line(m.start())) for m in ROLE.finditer(self.markup)
        ]
        for line, caption in self.captions:
            found += [Role(m["name"], m["text"], line) for m in ROLE.finditer(caption)]
        return found

    @cached_property
    def labels(self) -> list[tuple[str, int]]:
        """Every label that the page defines, with its line."""
        found = [(m["label"], self.line(m.start())) for m in LABEL.finditer(self.markup)]
        found += [(m["label"], self.line(m.start("label"))) for m in EQUATION.finditer(self.markup)]
        for directive in self.directives:
            for option in ("label", "name"):
                if directive.options.get(option) and directive.name != "code-cell":
                    found.append((directive.options[option], directive.line))
        for cell in self.cells:
            figure = (cell.options.get("mystnb") or {}).get("figure") or {}
            if figure.get("name"):
                found.append((str(figure["name"]), cell.line))
        return found

    @property
    def sections(self) -> list[tuple[str, int, str]]:
        """The second-level sections: title, line of the title, markup below it."""
        heads = list(re.finditer(r"^## +(.+?)\s*$", self.markup, re.M))
        ends = [*(h.start() for h in heads[1:]), len(self.markup)]
        return [
            (head[1], self.line(head.start()), self.markup[head.end() : end])
            for head, end in zip(heads, ends, strict=True)
        ]

    def line(self, place: int) -> int:
        """Return the line number of a place in the text."""
        return self.text.count("\n", 0, place) + 1

    @cached_property
    def _blocks(self) -> list[tuple[Directive, bool]]:
        """Every fenced block, and whether its inside is prose; plain code has no name."""
        return list(_blocks(self.text.split("\n"), 1))


def mask(markup: str) -> str:
    """Blank everything in a piece of MyST that is not prose."""

    def blank(match: re.Match[str]) -> str:
        return re.sub(r"[^\n]", " ", match[0])

    def role(match: re.Match[str]) -> str:
        titled = match["name"] in TITLE_ROLES and "<" in match["text"]
        if match["name"] not in TEXT_ROLES and not titled:
            return blank(match)
        start = match.start("text") - match.start()
        text = re.sub(r"<[^<>]*>\s*\Z", lambda target: " " * len(target[0]), match["text"])
        return " " * start + text + " " * (len(match[0]) - start - len(text))

    for pattern in (NOT_PROSE[0], NOT_PROSE[1]):
        markup = pattern.sub(blank, markup)
    markup = ROLE.sub(role, markup)
    for pattern in NOT_PROSE[2:]:
        markup = pattern.sub(blank, markup)
    return markup


def _keep(line: str, part: str) -> str:
    """Return a line with all but one part of it blank."""
    start = line.rfind(part) if part else -1
    if start < 0:
        return " " * len(line)
    return " " * start + part + " " * (len(line) - start - len(part))


def _blocks(lines: list[str], first: int) -> Iterator[tuple[Directive, bool]]:
    """Yield the fenced blocks in some lines, whose first one has the number ``first``."""
    number = 0
    while number < len(lines):
        opening = OPENING.match(lines[number])
        start = number
        number += 1
        if opening is None or (opening["marks"][0] == "`" and "`" in opening["info"]):
            continue
        mark = re.escape(opening["marks"][0])
        closing = re.compile(rf"^ {{0,3}}{mark}{{{len(opening['marks'])},}}\s*$")
        while number < len(lines) and not closing.match(lines[number]):
            number += 1
        named = DIRECTIVE.fullmatch(opening["info"].strip())
        name = named["name"] if named else ""
        options, skipped = _options(lines[start + 1 : number]) if named else ({}, 0)
        body = lines[start + 1 + skipped : number]
        argument = named["argument"].strip() if named else ""
        number += 1
        prose = bool(name) and name not in CODE
        yield Directive(name, argument, options, first + start, first + number - 1, body), prose
        if prose:
            yield from _blocks(body, first + start + 1 + skipped)


def _options(body: list[str]) -> tuple[dict[str, str], int]:
    """Return a directive's options and the number of lines that they take."""
    if body and body[0].startswith("---"):
        end = next((i for i, line in enumerate(body[1:], 1) if line.startswith("---")), len(body))
        try:
            read = yaml.safe_load("\n".join(body[1:end]))
        except yaml.YAMLError:
            read = None
        return {k: str(v) for k, v in (read or {}).items()}, min(end + 1, len(body))
    options: dict[str, str] = {}
    count = 0
    while count < len(body) and body[count].startswith(":"):
        name, _, value = body[count][1:].partition(":")
        options[name.strip()] = value.strip()
        count += 1
    return options, count
