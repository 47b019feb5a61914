"""The roles and directives that the pages use beyond MyST's own.

``{fact}`42 % <key>``` is a number from a source, shown with its citation. ``{your-turn}`` is code
that the reader completes: the page shows it, the build does not run it, and the downloaded notebook
has it as a cell.
"""

import re
from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective, SphinxRole
from sphinx.util.typing import OptionSpec

FACT = re.compile(r"(?P<text>.+?)\s*<(?P<keys>[^<>]+)>", re.S)


class Fact(SphinxRole):
    """A number that comes from a source, with its citation behind it."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the text and the citation."""
        match = FACT.fullmatch(self.text)
        if match is None:
            message = self.inliner.reporter.error(
                f"a fact is written {{fact}}`text <citation-key>`, got `{self.text}`",
                line=self.lineno,
            )
            return [], [message]
        cite = f" {{cite}}`{match['keys']}`"
        children, messages = self.inliner.parse(
            match["text"] + cite, self.lineno, self.inliner, self.inliner.parent
        )
        return [nodes.inline("", "", *children, classes=["fact"])], messages


class YourTurn(SphinxDirective):
    """Python for the reader to complete; shown, not run."""

    has_content = True
    option_spec: ClassVar[OptionSpec] = {"class": directives.class_option}

    def run(self) -> list[nodes.Node]:
        """Return the code in a frame of its own."""
        self.assert_has_content()
        code = "\n".join(self.content)
        block = nodes.literal_block(code, code, language="python", classes=["your-turn-code"])
        self.set_source_info(block)
        label = nodes.paragraph("", "Your turn", classes=["your-turn-label"])
        return [nodes.container("", label, block, classes=["your-turn"])]


def setup(app: Sphinx) -> None:
    """Register the roles and directives."""
    app.add_role("fact", Fact())
    app.add_directive("your-turn", YourTurn)
