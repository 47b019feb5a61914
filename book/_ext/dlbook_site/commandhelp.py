"""``{command-help} run``: what ``dlbook run --help`` prints, so that no page has to repeat it."""

from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

WIDTH = 76


class CommandHelp(SphinxDirective):
    """Show the help of a command; without an argument, of ``dlbook`` itself."""

    optional_arguments = 2

    def run(self) -> list[nodes.Node]:
        """Return the help as a block of text."""
        from dlbook import cli

        assert cli.__file__ is not None
        for file in Path(cli.__file__).parent.glob("*.py"):
            self.env.note_dependency(str(file))
        text = help_of(self.arguments)
        return [nodes.literal_block(text, text, language="text")]


def help_of(words: list[str]) -> str:
    """Return what ``dlbook WORDS --help`` prints on a terminal of a fixed width."""
    import typer

    from dlbook.cli import app

    command: Any = typer.main.get_command(app)
    context = None
    for name in ["dlbook", *words]:
        command = command.commands[name] if context else command
        settings = {**command.context_settings, "terminal_width": WIDTH}
        context = command.context_class(command, parent=context, info_name=name, **settings)
    return str(command.get_help(context)).rstrip()


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("command-help", CommandHelp)
