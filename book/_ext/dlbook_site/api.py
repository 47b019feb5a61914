"""The library's reference: what autodoc reads in the docstrings, in the words of this book.

A module's line ``Chapter: book/network/perceptron.md`` becomes a link and a table of its public
names; identifiers of publications become links. The rest of a reference page is plain autodoc.
"""

import re
import sys
from typing import Any
from urllib.parse import quote

from numpy.typing import ArrayLike
from sphinx.application import Sphinx
from sphinx.util.typing import stringify_annotation

CHAPTER = re.compile(r"^Chapter: (\S+)\.md$")
TITLE = re.compile(r"^(?=(-|=)\1{3,}$)[-=]+$")
PUBLICATIONS = (
    (re.compile(r"\b(doi:)(10\.\d{4,}/\S*\w)"), "https://doi.org/"),
    (re.compile(r"\b(arXiv:)(\d{4}\.\d{4,5})"), "https://arxiv.org/abs/"),
)
# What a signature says at run time, and what readers know it as. ArrayLike is a union three lines
# long; <factory> and <object object> stand for defaults that have no short form.
KNOWN_AS = (
    (re.compile(re.escape(stringify_annotation(ArrayLike, "smart"))), "~numpy.typing.ArrayLike"),
    (re.compile(r"numpy\.random\._generator\.Generator"), "numpy.random.Generator"),
    (re.compile(r"torch\._C\.Generator"), "torch.Generator"),
    (re.compile(r"<(factory|object object[^>]*)>"), "..."),
)


def setup(app: Sphinx) -> None:
    """Connect to what autodoc announces, before napoleon reads the docstrings."""
    app.setup_extension("sphinx.ext.autodoc")
    app.setup_extension("sphinx.ext.autosummary")
    app.connect("autodoc-process-docstring", link, priority=400)
    app.connect("autodoc-process-docstring", introduce, priority=400)
    app.connect("autodoc-process-signature", shorten)
    app.connect("autodoc-skip-member", skip)


def link(app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Link the identifiers of publications."""
    for pattern, site in PUBLICATIONS:
        lines[:] = [pattern.sub(lambda m, site=site: _linked(m, site), line) for line in lines]


def _linked(match: re.Match[str], site: str) -> str:
    """Return an identifier with its link; old ones of the AMS have angle brackets in them."""
    text = match[0].replace("<", r"\<")
    return f"`{text} <{site}{quote(match[2], safe='/:;().')}>`__"


def introduce(
    app: Sphinx, what: str, name: str, module: Any, options: Any, lines: list[str]
) -> None:
    """Link a module's chapter and, where its names are documented below, list them."""
    if what != "module":
        return
    chosen = options.members if isinstance(options.members, list) else module.__all__
    names = [f"   {public}" for public in chosen] if options.members else []
    table = ["", ".. autosummary::", "   :nosignatures:", "", *names, ""] if names else []
    text: list[str] = []
    for line in lines:
        if chapter := CHAPTER.match(line):
            known = app.env is not None and chapter[1] in app.env.found_docs
            page = f":doc:`/{chapter[1]}`" if known else f"``{chapter[1]}.md``"
            text += [f"Explained in {page}.", *table]
        elif TITLE.match(line):  # a title would take what follows the docstring under it as well
            text[-1:] = [f".. rubric:: {text[-1]}", ""]
        else:
            text.append(line)
    lines[:] = text


def shorten(
    app: Sphinx, what: str, name: str, obj: Any, options: Any, arguments: str, returns: str
) -> tuple[str, str]:
    """Give the types in a signature the names by which they are imported."""
    if what == "class" and not _own(obj.__init__):
        return "", returns  # another library's arguments
    for pattern, known in KNOWN_AS:
        arguments = arguments and pattern.sub(known, arguments)
        returns = returns and pattern.sub(known, returns)
    return arguments, returns


def skip(app: Sphinx, what: str, name: str, obj: Any, skipped: bool, options: Any) -> bool | None:
    """Leave out what only follows from a base: fields of named tuples, overridden methods."""
    if type(obj).__name__ == "_tuplegetter" or not _own(obj):
        return True
    owner = _owner(obj) if what == "class" else None
    inherited = owner and any(not _own(base) and hasattr(base, name) for base in owner.__mro__)
    return True if inherited else None


def _own(obj: Any) -> bool:
    """Tell whether the library has defined an object, as far as the object knows."""
    module = getattr(obj, "__module__", None) or "dlbook"
    return module == "dlbook" or module.startswith("dlbook.")


def _owner(obj: Any) -> type | None:
    """Return the class that a method is written in."""
    place = getattr(obj, "__qualname__", "").rpartition(".")[0]
    found = getattr(sys.modules.get(getattr(obj, "__module__", "")), place, None)
    return found if isinstance(found, type) else None
