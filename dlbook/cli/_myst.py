"""Read a page of the book as a notebook, and make its text readable outside the book.

The build converts pages with all that Sphinx knows of them. What `dlbook run` keeps is simpler:
roles become their text, directives become headings and quotes, measured numbers become those of
this run.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlbook.cli._included import included_lines
from dlbook.cli._trouble import Trouble

if TYPE_CHECKING:
    from nbformat import NotebookNode

FENCE = re.compile(r"^( *)(`{3,}|:{3,}|~{3,})\{([\w:.-]+)\}[ \t]*(.*)$")
PLAIN_FENCE = re.compile(r"^ *(`{3,}|~{3,})")
OPTION = re.compile(r"^:([\w-]+):[ \t]*(.*)$")
CODE_OR_ROLE = re.compile(
    r"(?P<code>(?<![`}])(?P<ticks>`+)(?!`).+?(?<!`)(?P=ticks)(?!`))"
    r"|\{(?P<role>[\w:+-]+)\}(?P<marks>`+)(?P<text>.+?)(?P=marks)(?!`)",
    re.S,
)
TARGET = re.compile(r"^(.*?)\s*<([^<>]+)>$", re.S)
LABEL = re.compile(r"^\([\w:.-]+\)=$")
ATTRIBUTES = re.compile(r"^\{[.#][^}]*\}$")
EQUATION = re.compile(r"\$\$[ \t]*\(([\w:.-]+)\)[ \t]*$", re.M)
LABELLED = re.compile(r"^\(([\w:.-]+)\)=\s*\n#+ +(.+)$", re.M)
PREFIX = re.compile(r"^(ch|sec|fig|ex|def|eq|tab)-")
SILENT = {"exercise-end", "solution-end", "toctree", "bibliography", "tableofcontents", "index"}
REFERENCES = {"ref", "numref", "doc", "prf:ref", "download"}
WORDS = {"term", "sup", "sub", "abbr"}
CITATIONS = {"cite", "cite:t", "cite:p", "cite:ts", "cite:ps"}


def read_page(path: Path, text: str) -> "NotebookNode":
    """Return a page as a notebook, by the reader that the build uses."""
    from myst_nb.core.config import NbParserConfig
    from myst_nb.core.read import create_nb_reader
    from myst_parser.config.main import MdParserConfig

    settings = MdParserConfig(enable_extensions={"colon_fence", "dollarmath", "attrs_block"})
    try:
        reader = create_nb_reader(str(path), settings, NbParserConfig(), text)
        notebook = reader.read(text) if reader is not None else None
    except Exception as error:
        reason = " ".join(str(error).split())[:160]
        raise Trouble(
            f"{path} cannot be read as a page: {type(error).__name__}: {reason}"
        ) from None
    if notebook is None:
        raise Trouble(f"{path} has no `jupytext` and `kernelspec` at its top: it is not executed")
    return notebook


def make_plain(notebook: "NotebookNode", folder: Path) -> None:
    """Make the text of an executed page readable outside the book, in place."""
    import nbformat

    page = _Page(folder, glued_values(notebook), _labels(notebook))
    cells = []
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = plain(cell.source, page)
        cells.append(cell)
        figure = cell.metadata.get("mystnb", {}).get("figure", {})
        if "caption" in figure:
            number = page.labels.get(figure.get("name", ""), "Figure")
            caption = plain(f"*{number}. {figure['caption'].strip()}*", page)
            cells.append(nbformat.v4.new_markdown_cell(caption))
    notebook.cells = cells
    notebook.metadata.pop("source_map", None)


@dataclass(frozen=True)
class _Page:
    """What the text of a page refers to."""

    folder: Path
    glued: dict[str, Any]
    labels: dict[str, str]


def glued_values(notebook: "NotebookNode") -> dict[str, Any]:
    """Return the values that the page's cells glued, by name."""
    import ast

    values = {}
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            name = output.get("metadata", {}).get("scrapbook", {}).get("name")
            for kind, text in output.get("data", {}).items():
                if name and kind.endswith("text/plain"):
                    values[name] = ast.literal_eval(text)
    return values


def _labels(notebook: "NotebookNode") -> dict[str, str]:
    """Return what the page's labels stand for: a heading, a figure, an equation's number."""
    labels: dict[str, str] = {}
    figures = equations = 0
    for cell in notebook.cells:
        figure = cell.metadata.get("mystnb", {}).get("figure", {})
        if figure:
            figures += 1
            labels[figure.get("name", "")] = f"Figure {figures}"
        if cell.cell_type == "markdown":
            for label, heading in LABELLED.findall(cell.source):
                labels[label] = heading.strip()
            for label in EQUATION.findall(cell.source):
                equations += 1
                labels[label] = str(equations)
    return labels


def plain(text: str, page: _Page) -> str:
    """Return MyST as Markdown that any reader shows."""
    text = EQUATION.sub(lambda match: f"\\tag{{{page.labels.get(match[1], match[1])}}}\n$$", text)
    return "\n".join(_blocks(text.split("\n"), page))


def _blocks(lines: list[str], page: _Page) -> Iterator[str]:
    """Yield lines, with the directives among them resolved."""
    text: list[str] = []
    index = 0
    while index < len(lines):
        line = lines[index]
        opening, code = FENCE.match(line), PLAIN_FENCE.match(line)
        if opening or code:
            yield from _prose(text, page)
            text = []
            mark = opening[2] if opening else code[1]  # type: ignore[index]
            end = _closing(lines, index, mark)
            body = lines[index + 1 : end]
            if opening:
                yield from _directive(opening[3], opening[4].strip(), body, page)
            else:
                yield from lines[index : end + 1]
            index = end
        elif not LABEL.match(line.strip()) and not ATTRIBUTES.match(line.strip()):
            text.append(line)
        index += 1
    yield from _prose(text, page)


def _closing(lines: list[str], start: int, mark: str) -> int:
    """Return the line that closes a fence; the last one if none does."""
    for index in range(start + 1, len(lines)):
        line = lines[index].strip()
        if line.startswith(mark) and not line.strip(mark[0]):
            return index
    return len(lines)


def _prose(lines: list[str], page: _Page) -> list[str]:
    """Return lines of text with their roles resolved; a role may go over a line's end."""
    if not lines:
        return []

    def resolved(match: re.Match[str]) -> str:
        return match["code"] or _role(match["role"], match["text"], page)

    return CODE_OR_ROLE.sub(resolved, "\n".join(lines)).split("\n")


def _role(name: str, text: str, page: _Page) -> str:
    """Return what a role stands for, as far as one page knows it."""
    if name in ("glue", "glue:text"):
        key, _, layout = text.partition(":")
        return format(page.glued[key], layout) if key in page.glued else f"({key})"
    target = TARGET.match(text)
    words = target[1] if target else text
    if name in CITATIONS:
        return f"[{text}]"
    if name == "fact":
        return f"{words} [{target[2]}]" if target else words
    if name == "eq":
        return f"({page.labels.get(text, text)})"
    if name == "math":
        return f"${text}$"
    if name in REFERENCES:
        unnamed = PREFIX.sub("", words).replace("-", " ")
        return words if target else page.labels.get(words, unnamed)
    return words if name in WORDS else f"`{words}`"


def _directive(name: str, title: str, body: list[str], page: _Page) -> Iterator[str]:
    """Yield a directive as headings, quotes and code."""
    options, body = _options(body)
    if name in SILENT:
        return
    if name in ("your-turn", "code-block", "code", "literalinclude", "math"):
        yield from _verbatim(name, title, options, body, page.folder)
        return
    inner = list(_blocks(body, page))
    heading = _heading(name, title, page)
    if name in ("exercise-start", "solution-start", "exercise", "solution", "figure"):
        yield from [heading, "", *inner]
    else:
        yield from (f"> {line}".rstrip() for line in [heading, ""] * bool(heading) + inner)


def _heading(name: str, title: str, page: _Page) -> str:
    """Return a directive's heading in bold; none for a note in the margin."""
    title = "".join(_prose([title], page)) if title else ""
    kind = name.removesuffix("-start").rpartition(":")[2].capitalize()
    if name == "margin" or (name == "solution-start" and not title):
        return f"**{title}**" if title else ""
    if name.startswith("solution"):
        return "**Solution**"
    if name == "admonition":
        return f"**{title}**"
    return f"**{kind}: {title}**" if title else f"**{kind}**"


def _options(body: list[str]) -> tuple[dict[str, str], list[str]]:
    """Split the options at the top of a directive from its content."""
    options: dict[str, str] = {}
    rest = list(body)
    if rest and rest[0].strip() == "---" and "---" in [line.strip() for line in rest[1:]]:
        end = [line.strip() for line in rest].index("---", 1)
        pairs = (line.partition(":") for line in rest[1:end])
        options = {key.strip(): value.strip() for key, _, value in pairs}
        return options, rest[end + 1 :]
    while rest and (match := OPTION.match(rest[0].strip())):
        options[match[1]] = match[2].strip()
        rest.pop(0)
    return options, rest


def _verbatim(
    name: str, title: str, options: dict[str, str], body: list[str], folder: Path
) -> Iterator[str]:
    """Yield code or a formula as it stands."""
    if name == "math":
        yield from ["$$", *body, "$$"]
        return
    if name == "literalinclude":
        body, title = included_lines(folder / title, options), options.get("language", "python")
    yield f"```{'python' if name == 'your-turn' else title}"
    yield from body
    yield "```"
