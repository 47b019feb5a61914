"""A page's resolved doctree as plain Markdown that any notebook reader shows.

In the doctree every role and directive is resolved: numbers, glued values, citations and included
code stand there as text. Writing it out, rather than rewriting the source, cannot leave a role
behind. ``inline.py`` writes what stands in a line, this file what stands below one another.
"""

import re
from collections.abc import Callable, Iterable

from docutils import nodes

from dlbook_site.blocktext import (
    Code,
    Item,
    displayed,
    folded,
    indented,
    leading,
    merged,
    prefixed,
)
from dlbook_site.inline import Inline
from dlbook_site.tables import written

BEGINS_LIKE_A_BLOCK = re.compile(r"\A(\d*)([#>+~=.)-])(?=\s|$)")
DROPPED = (
    nodes.Invisible,
    nodes.system_message,
    nodes.target,
    nodes.meta,
    nodes.docinfo,
    nodes.label,
    nodes.colspec,
)


class Markdown(Inline):
    """Writes one page."""

    depth = 0  # of headings
    in_solution = False

    def page(self, doctree: nodes.document) -> list[Item]:
        """Return the page as Markdown texts with code cells between them."""
        return merged(self.blocks(doctree.children))

    def blocks(self, children: Iterable[nodes.Node]) -> list[Item]:
        """Return several blocks."""
        return [item for child in children for item in self.block(child)]

    def block(self, node: nodes.Node) -> list[Item]:
        """Return one block, by the method named after its kind or the first of its bases."""
        if isinstance(node, DROPPED) and not isinstance(node, nodes.raw):
            return []
        for kind in type(node).__mro__:
            method: Callable[[nodes.Node], list[Item]] | None
            method = getattr(self, f"block_{kind.__name__}", None)
            if method:
                return method(node)
        if isinstance(node, (nodes.TextElement, nodes.Text, nodes.Inline)):
            text = self.inline(node).strip()
            return [BEGINS_LIKE_A_BLOCK.sub(r"\1\\\2", text, count=1)] if text else []
        return self.blocks(node.children)

    def block_section(self, node: nodes.section) -> list[Item]:
        """Return a section; those inside exercises and proofs have no title and are no level."""
        if not isinstance(node[0] if node.children else None, nodes.title):
            return self.blocks(node.children)
        self.depth += 1
        number = self.section_number(node, self.depth)
        heading = self.heading(f"{number} {self.inline(node[0])}".strip(), self.depth)
        items = [heading, *self.blocks(node.children[1:])]
        self.depth -= 1
        return items

    def heading(self, text: str, depth: int) -> str:
        """Return a heading."""
        return f"{'#' * min(depth, 6)} {text}"

    def block_bullet_list(self, node: nodes.bullet_list) -> list[Item]:
        """Return a list with dashes."""
        return self._list(node, ["- "] * len(node))

    def block_enumerated_list(self, node: nodes.enumerated_list) -> list[Item]:
        """Return a list with numbers."""
        start = node.get("start", 1)
        return self._list(node, [f"{start + i}. " for i in range(len(node))])

    def _list(self, node: nodes.Element, marks: list[str]) -> list[Item]:
        """Return list items, their further lines indented under the first."""
        with self.nested():
            written = [
                indented(self.blocks(item.children), mark)
                for mark, item in zip(marks, node, strict=True)
            ]
        loose = any("\n\n" in item for items in written for item in items if isinstance(item, str))
        return merged([i for items in written for i in items], "\n\n" if loose else "\n")

    def block_definition_list(self, node: nodes.definition_list) -> list[Item]:
        """Return terms and definitions as a list: notebooks know no definition lists."""
        items: list[Item] = []
        for entry in node:
            terms = [self.inline(term) for term in entry.findall(nodes.term)]
            with self.nested():
                said = self.blocks(next(entry.findall(nodes.definition)).children)
            items += indented(leading(said, f"**{', '.join(terms)}**:"), "- ")
        return merged(items, "\n")

    def block_field_list(self, node: nodes.field_list) -> list[Item]:
        """Return fields as a list."""
        return [f"- **{self.inline(f[0])}**: {self.inline(f[1])}" for f in node]

    def block_line_block(self, node: nodes.line_block) -> list[Item]:
        """Return lines that stay lines."""
        return ["  \n".join(self.inline(line) for line in node)]

    def block_block_quote(self, node: nodes.block_quote) -> list[Item]:
        """Return a quotation."""
        return self.quoted(node.children)

    def block_attribution(self, node: nodes.attribution) -> list[Item]:
        """Return who said it."""
        return [f"— {self.inline(node)}"]

    def quoted(self, children: Iterable[nodes.Node], title: str = "") -> list[Item]:
        """Return blocks in quotation bars, after a bold title; code cells stay outside."""
        with self.nested():
            items = merged(([f"**{title}**"] if title else []) + self.blocks(children))
        return [item if isinstance(item, Code) else prefixed(item, "> ", "> ") for item in items]

    def block_Admonition(self, node: nodes.Element) -> list[Item]:
        """Return a note, warning, definition or theorem as a titled quotation."""
        titled = bool(node.children) and isinstance(node[0], nodes.title)
        title = self.inline(node[0]).strip() if titled else ""
        kind = node.get("realtype", "").capitalize()
        if kind:
            number = self.number(node.get("countertype", ""), node["ids"])
            title = " ".join(filter(None, (kind, number, title)))
        return self.quoted(node.children[titled:], title)

    block_sidebar = block_topic = block_Admonition

    def block_proof_node(self, node: nodes.Element) -> list[Item]:
        """Return a proof, a frame around an untitled admonition."""
        return self.blocks(node.children)

    def block_rubric(self, node: nodes.rubric) -> list[Item]:
        """Return a heading that is no section."""
        return [f"**{self.inline(node)}**"]

    def block_transition(self, node: nodes.transition) -> list[Item]:
        """Return a rule, except the one that only precedes footnotes."""
        return [] if "footnotes" in node["classes"] else ["***"]

    def block_footnote(self, node: nodes.footnote) -> list[Item]:
        """Return a footnote behind its number."""
        return leading(self.blocks(node.children[1:]), f"<sup>{node[0].astext()}</sup>")

    def block_math_block(self, node: nodes.math_block) -> list[Item]:
        """Return a displayed equation with its number."""
        text = displayed(node.astext())
        number = self.number("displaymath", node["ids"]) if node["ids"] else ""
        tag = f" \\tag{{{number}}}" if number else ""
        if self.nesting:  # readers cut out math first, with the marks that begin each line
            return [f"$$ {' '.join(text.split())}{tag} $$"]
        return [f"$$\n{text}{tag}\n$$"]

    def block_literal_block(self, node: nodes.Element) -> list[Item]:
        """Return code."""
        text = node.astext().rstrip("\n")
        language = node.get("language", "")
        if language in ("default", "ipython3"):
            language = "python"
        ticks = max([3, *(len(run) + 1 for run in re.findall(r"`{3,}", text))])
        return [f"{'`' * ticks}{language}\n{text}\n{'`' * ticks}"]

    def block_figure(self, node: nodes.figure) -> list[Item]:
        """Return a picture and its caption."""
        return [
            *self.blocks(c for c in node if not isinstance(c, nodes.caption)),
            *self.captions(node),
        ]

    def captions(self, node: nodes.Element) -> list[Item]:
        """Return the captions of the figures inside a node."""
        return [
            self.numbered("figure", figure, caption)
            for figure in node.findall(nodes.figure)
            for caption in figure.children
            if isinstance(caption, nodes.caption)
        ]

    def block_table(self, node: nodes.table) -> list[Item]:
        """Return a table, its title above it."""
        return written(self, node)

    def block_container(self, node: nodes.container) -> list[Item]:
        """Return a code cell, the reader's stub, code with a caption, or what a frame holds."""
        classes = node["classes"]
        if node.get("nb_element") == "cell_code":
            return [Code(node["cell_index"], folded=self.in_solution), *self.captions(node)]
        if "your-turn" in classes:
            return [Code(source=node[-1].astext())]
        if "literal-block-wrapper" in classes:
            return [f"*{self.inline(node[0])}*", *self.block(node[1])]
        return self.blocks(node.children)

    def block_exercise_node(self, node: nodes.Element) -> list[Item]:
        """Return an exercise under its own heading, so that its stub can be a cell."""
        number = self.number("exercise", node["ids"])
        title = " ".join(filter(None, ("Exercise", number, self.inline(node[0]).strip())))
        return [self.heading(title, self.depth + 1), *self.blocks(node.children[1:])]

    block_exercise_enumerable_node = block_exercise_node

    def block_solution_node(self, node: nodes.Element) -> list[Item]:
        """Return a solution, its text folded away and its cells as well."""
        number = self.number("exercise", [node.get("target_label", "")])
        heading = self.heading(f"Solution to exercise {number}".strip(), self.depth + 1)
        self.in_solution = True
        items = merged(self.blocks(node.children[1:]))
        self.in_solution = False
        return [heading, *(i if isinstance(i, Code) else folded("Show", i) for i in items)]

    def block_dropdown_main(self, node: nodes.Element) -> list[Item]:
        """Return what a page folds away."""
        title = self.inline(node[0]).strip() or "Show"
        items = merged(self.blocks(node.children[1:]))
        return [i if isinstance(i, Code) else folded(title, i) for i in items]

    def block_raw(self, node: nodes.raw) -> list[Item]:
        """Return HTML, unless it needs a script, which no notebook reader runs."""
        text = node.astext().strip()
        return [text] if node.get("format") == "html" and "<script" not in text else []

    def block_image(self, node: nodes.image) -> list[Item]:
        """Return a picture that stands by itself."""
        return [self.inline(node)]
