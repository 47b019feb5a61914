"""What stands in a line of a page, as plain Markdown: words, formulas, links, citations."""

import base64
import mimetypes
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from docutils import nodes
from sphinx.application import Sphinx

SPECIAL = re.compile(r"[\\`*_\[\]<$]")
DOI = re.compile(r"\bdoi:10\.\S+?(?=\.?(?:\s|$))")
ADDRESS = re.compile(r"https?://\S+?(?=[.,;]?(?:\s|$))")


class Inline:
    """Writes the inline parts of one page.

    ``site`` is the address of the published book, with a slash at its end. Where it is empty, links
    inside the book become plain text.
    """

    def __init__(self, app: Sphinx, name: str, site: str = "") -> None:
        self.app, self.name = app, name
        self.address = urljoin(site, app.builder.get_target_uri(name)) if site else ""
        self.sources: dict[str, None] = {}  # full references of what the page cites, in order
        self.attachments: dict[str, dict[str, str]] = {}
        self.nesting = 0

    @contextmanager
    def nested(self) -> Iterator[None]:
        """Write inside a list or a quotation."""
        self.nesting += 1
        yield
        self.nesting -= 1

    def inline(self, node: nodes.Node) -> str:
        """Return a node's text, by the method named after its kind or the first of its bases."""
        if isinstance(node, nodes.Text):
            return _escaped(re.sub(r"\s+", " ", node.astext()))
        for kind in type(node).__mro__:
            method = getattr(self, f"inline_{kind.__name__}", None)
            if method:
                return method(node)
        return self.inside(node)

    def inside(self, node: nodes.Node) -> str:
        """Return the text of a node's children."""
        return "".join(self.inline(child) for child in node.children)

    def inline_Invisible(self, node: nodes.Node) -> str:
        """Return nothing for targets, comments and index entries."""
        return ""

    inline_system_message = inline_target = inline_SideNoteNode = inline_Invisible

    def inline_emphasis(self, node: nodes.Node) -> str:
        """Return emphasized text."""
        return self._marked(node, "*")

    def inline_strong(self, node: nodes.Node) -> str:
        """Return strong text."""
        return self._marked(node, "**")

    inline_title_reference = inline_emphasis

    def _marked(self, node: nodes.Node, mark: str) -> str:
        """Return text between marks, which must touch it."""
        text = self.inside(node)
        bare = text.strip()
        return text.replace(bare, f"{mark}{bare}{mark}", 1) if bare else text

    def inline_literal(self, node: nodes.Node) -> str:
        """Return code."""
        text = node.astext().replace("\n", " ")
        ticks = "`" * (1 + max([0, *map(len, re.findall(r"`+", text))]))
        pad = " " if text[:1] == "`" or text[-1:] == "`" else ""
        return f"{ticks}{pad}{text}{pad}{ticks}"

    def inline_math(self, node: nodes.Node) -> str:
        """Return a formula."""
        return f"${' '.join(node.astext().split())}$"

    def inline_superscript(self, node: nodes.Node) -> str:
        """Return raised text."""
        return f"<sup>{self.inside(node)}</sup>"

    def inline_subscript(self, node: nodes.Node) -> str:
        """Return lowered text."""
        return f"<sub>{self.inside(node)}</sub>"

    def inline_inline(self, node: nodes.Element) -> str:
        """Return a span; a footnote that the theme moved into the line goes into brackets."""
        if "sd-summary-state-marker" in node["classes"] or "d-n" in node["classes"]:
            return ""
        text = self.inside(node)
        return f" ({text.strip()})" if {"sidenote", "marginnote"} & set(node["classes"]) else text

    def inline_footnote_reference(self, node: nodes.Node) -> str:
        """Return a footnote's number."""
        return f"<sup>{node.astext()}</sup>"

    def inline_raw(self, node: nodes.Element) -> str:
        """Return inline HTML."""
        return node.astext() if node.get("format") == "html" else ""

    def inline_reference(self, node: nodes.Element) -> str:
        """Return a link; inside the book only where the book is published, else its text."""
        text = self.inside(node)
        uri = node.get("refuri", "")
        if node.get("reftitle") and "bibliography" in uri:
            self.sources.setdefault(node["reftitle"])
        if urlsplit(uri).scheme:
            return f"[{text}]({uri})"
        if not self.address:
            return text
        uri = urljoin(self.address, uri) if uri else f"{self.address}#{node.get('refid', '')}"
        return f"[{text}]({uri})"

    def inline_image(self, node: nodes.Element) -> str:
        """Return a picture, which travels with the cell that shows it."""
        alt = _escaped(node.get("alt", ""))
        uri = next(iter(node.get("candidates", {}).values()), node.get("uri", ""))
        file = Path(self.app.srcdir, node.get("candidates", {}).get("*", ""))
        if urlsplit(uri).scheme or not file.is_file():
            return f"![{alt}]({uri})" if urlsplit(uri).scheme else alt
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        self.attachments[file.name] = {kind: base64.b64encode(file.read_bytes()).decode()}
        return f"![{alt}](attachment:{file.name})"

    def number(self, kind: str, ids: list[str]) -> str:
        """Return the number of a figure, equation, definition or exercise; empty without one."""
        known = self.app.env.toc_fignumbers.get(self.name, {}).get(kind, {})  # type: ignore[union-attr]
        return next((".".join(map(str, known[name])) for name in ids if name in known), "")

    def numbered(self, kind: str, node: nodes.Element, caption: nodes.Node) -> str:
        """Return a caption behind its number, written as references write it."""
        number = self.number(kind, node["ids"])
        form = self.app.config.numfig_format.get(kind, "%s")
        return (f"**{form % number}.** " if number else "") + self.inline(caption)

    def section_number(self, node: nodes.Element, depth: int) -> str:
        """Return a section's number, as the page shows it."""
        known = self.app.env.toc_secnumbers.get(self.name, {})  # type: ignore[union-attr]
        found = known.get("" if depth == 1 else f"#{node['ids'][0]}") or ()
        return ".".join(map(str, found)) + "." * bool(found)


def linked(reference: str) -> str:
    """Return a full reference as Markdown, its DOI and its addresses as links."""
    parts = re.split(rf"({DOI.pattern}|{ADDRESS.pattern})", reference)
    return "".join(_address(part) if i % 2 else _escaped(part) for i, part in enumerate(parts))


def _address(text: str) -> str:
    """Return a DOI or a web address as a link."""
    doi = text.removeprefix("doi:")
    return f"<{text}>" if doi == text else f"[{text}](https://doi.org/{doi})"


def _escaped(text: str) -> str:
    """Return a text whose characters mean themselves."""
    return SPECIAL.sub(r"\\\g<0>", text)
