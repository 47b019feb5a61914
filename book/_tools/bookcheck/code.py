"""Rules for code: how cells import, and that nothing names a device."""

import ast
import re
from collections.abc import Iterator

from dlbook_site.cells import parsed

from bookcheck.book import Book, Finding

PACKAGE = "dlbook"
DEVICE = re.compile(r"(?:cuda|mps|xpu|hpu)(?::\d+)?")
# Where the device is chosen, and where a reader is told which one was found.
MAY_NAME_DEVICES = ("dlbook/device.py", "dlbook/cli/")


def imports(book: Book) -> Iterator[Finding]:
    """Cells import by ``from dlbook.x import y``: no plain import, no star."""
    for where, tree in _trees(book, library=False):
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    if alias.name.split(".")[0] == PACKAGE:
                        yield Finding(
                            where, f"`import {alias.name}`: write `from {alias.name} import …`"
                        )
            elif isinstance(node, ast.ImportFrom) and any(a.name == "*" for a in node.names):
                yield Finding(where, f"`from {node.module} import *`: name what you use")


def devices(book: Book) -> Iterator[Finding]:
    """Nothing in a chapter or in the library names a device; ``dlbook.device`` finds it."""
    for where, tree in _trees(book, library=True):
        if where.startswith(MAY_NAME_DEVICES):
            continue
        for node in ast.walk(tree):
            name = _device(node)
            if name:
                yield Finding(where, f"{name} names a device; use dlbook.device.device()")


def parses(book: Book) -> Iterator[Finding]:
    """Each cell is Python that can be read without running it."""
    for page in book.pages:
        for cell in page.cells:
            if parsed(cell.code) is None:
                yield Finding(f"{page.name}.md:{cell.line}", "the cell is not valid Python")


def _device(node: ast.AST) -> str:
    """Return the piece of code that names a device; empty if it names none."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return repr(node.value) if DEVICE.fullmatch(node.value) else ""
    if isinstance(node, ast.Attribute):
        code = ast.unparse(node)
        if code in ("torch.cuda", "torch.mps", "torch.backends.mps", "torch.xpu"):
            return code
    called = getattr(node, "func", None)
    if isinstance(called, ast.Attribute) and called.attr in ("cuda", "mps", "xpu"):
        return f".{called.attr}()"
    return ""


def _trees(book: Book, *, library: bool) -> Iterator[tuple[str, ast.Module]]:
    """Yield the syntax tree of each cell, and of each module if asked for, with its place."""
    for page in book.pages:
        for cell in page.cells:
            tree = parsed(cell.code)
            if tree is not None:
                yield f"{page.name}.md:{cell.line}", tree
    for path in book.modules.values() if library else ():
        yield path.relative_to(book.root).as_posix(), ast.parse(path.read_text(encoding="utf8"))
