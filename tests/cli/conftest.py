"""A tiny book in a folder of its own, and the command line."""

import json
import os
import textwrap

import pytest
from typer.testing import CliRunner

from dlbook.cli import app

TOP = """\
---
jupytext: {{text_representation: {{extension: .md, format_name: myst}}}}
kernelspec: {{name: python3, display_name: Python 3}}
description: A page.
teaches: {teaches}
needs: []
---
"""
TOC = """\
format: jb-book
root: book/index
parts:
  - caption: Learning
    numbered: true
    chapters:
      - file: book/learning/search
  - caption: Network
    numbered: true
    chapters:
      - file: book/network/linearity
      - file: book/network/perceptron
  - caption: Back
    chapters:
      - file: book/back/glossary
"""


class Book:
    """A folder with a book in it."""

    def __init__(self, root):
        self.root = root
        self.write("_toc.yml", TOC)
        self.write("_config.yml", "title: A small book\n")
        self.write("book/index.md", "# A small book\n")
        self.write("book/back/glossary.md", "---\ndescription: Words.\n---\n# Glossary\n")
        for topic in ("learning/search", "network/linearity", "network/perceptron"):
            self.page(topic, "print('hello')")

    def write(self, name, text):
        """Write a file and return its path."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf8")
        return path

    def page(self, topic, *cells, title=None, teaches="[dlbook.glue]", text=""):
        """Write a page with code cells."""
        title = title or topic.rpartition("/")[2].capitalize()
        parts = [f"(ch-{title.lower()})=\n# {title}\n\n{text}"]
        parts += [f"```{{code-cell}}\n{textwrap.dedent(cell).strip()}\n```" for cell in cells]
        content = TOP.format(teaches=teaches) + "\n\n".join(parts) + "\n"
        return self.write(f"book/{topic}.md", content)

    def built(self, **seconds):
        """Leave what a build leaves; a page that took None seconds has failed."""
        pages = [
            {"name": f"book/{topic.replace('__', '/')}", "seconds": s, "succeeded": s is not None}
            for topic, s in seconds.items()
        ]
        self.write("_build/book.json", json.dumps({"pages": pages}))


@pytest.fixture
def book(tmp_path, monkeypatch):
    """Make a small book and go there."""
    small = Book(tmp_path / "book")
    monkeypatch.chdir(small.root)
    return small


@pytest.fixture
def dlbook(monkeypatch):
    """Return a function that calls the command line; what it sets is put back."""
    monkeypatch.setenv("COLUMNS", "100")
    for name in ("DLBOOK_DEVICE", "DLBOOK_DATA"):
        monkeypatch.setenv(name, os.environ.get(name, ""))

    def call(*arguments):
        return CliRunner().invoke(app, [str(argument) for argument in arguments])

    return call
