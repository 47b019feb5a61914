"""``dlbook run``: execute a chapter or a notebook, and keep what came of it."""

import importlib.util
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dlbook.cli._book import Book, Page, find_book, the_book
from dlbook.cli._trouble import STOPPED, WRONG_USE, Trouble

if TYPE_CHECKING:
    from nbformat import NotebookNode

NEEDED = ("nbclient", "nbconvert", "nbformat", "ipykernel")
NEEDED_FOR_PAGES = ("myst_nb",)
MARK = "-executed"


@dataclass(frozen=True)
class Source:
    """What is to be executed: a page of the book, or a notebook."""

    path: Path
    label: str
    output: Path

    @property
    def is_page(self) -> bool:
        """Whether it is written in MyST."""
        return self.path.suffix == ".md"


def run_chapter(name: str, device: str | None, output: Path | None) -> None:
    """Execute a chapter or notebook and write the executed notebook and its HTML."""
    source = _find(name, output)
    _need_packages(source)
    _use_device(device)
    notebook = _read(source)
    _prepare(source.output)

    from dlbook.cli._execute import Failure, execute

    try:
        failure: Failure | None = execute(notebook, source.path.parent, source.label)
    except KeyboardInterrupt:
        raise Trouble("stopped; nothing was written", STOPPED) from None
    written = _write(source, notebook)
    for path in written:
        print(path)
    if failure is not None:
        raise Trouble(f"{source.label}, {failure}\nWhat was executed so far is in {written[0]}")


def _find(name: str, output: Path | None) -> Source:
    """Return what a name or path stands for."""
    path = Path(name).expanduser()
    if path.suffix in (".ipynb", ".md") and path.is_file():
        path = path.resolve()
        book = find_book(path.parent)
        page = _page_of(book, path) if book else None
        if page is not None and book is not None:
            return _source(book, page, output)
        return Source(path, path.name, _folder(output, path.parent))
    if path.suffix == ".ipynb" or (path.suffix and path.parent.name):
        raise Trouble(f"there is no file {path}", WRONG_USE)
    book = the_book()
    return _source(book, book.page(name), output)


def _source(book: Book, page: Page, output: Path | None) -> Source:
    """Return a page of the book, after a look at whether it can be run."""
    if not page.path.is_file():
        raise Trouble(f"{page.name} is in _toc.yml, but there is no file {page.path}")
    if not page.has_code:
        raise Trouble(f"{page.name} has no code to run", WRONG_USE)
    return Source(page.path, f"{page.name}.md", _folder(output, book.root / "_build" / "run"))


def _page_of(book: Book, path: Path) -> Page | None:
    """Return the page of the book that a file is."""
    return next((page for page in book.pages if page.path.resolve() == path), None)


def _folder(output: Path | None, default: Path) -> Path:
    """Return where the results go."""
    return default if output is None else output.expanduser().absolute()


def _need_packages(source: Source) -> None:
    """Say what to install if something is missing that runs notebooks."""
    names = NEEDED + (NEEDED_FOR_PAGES if source.is_page else ())
    missing = [name for name in names if importlib.util.find_spec(name) is None]
    if missing:
        raise Trouble(
            f"dlbook run needs {', '.join(name.replace('_', '-') for name in missing)}. "
            'Install what runs chapters: pip install "dlbook[book]"'
        )


def _use_device(name: str | None) -> None:
    """Set the device for the chapter, or say that there is no such one."""
    if name is not None:
        os.environ["DLBOOK_DEVICE"] = name
    if not os.environ.get("DLBOOK_DEVICE", "").strip():
        return
    from dlbook.device import device

    try:
        device()
    except ValueError as error:
        raise Trouble(str(error), WRONG_USE) from None
    except RuntimeError as error:
        raise Trouble(str(error).split("\n")[0]) from None


def _read(source: Source) -> "NotebookNode":
    """Read a page or a notebook as a notebook."""
    try:
        text = source.path.read_text(encoding="utf8")
    except (OSError, UnicodeDecodeError) as error:
        raise Trouble(f"{source.path} cannot be read: {error}") from None
    if source.is_page:
        from dlbook.cli._myst import read_page

        notebook = read_page(source.path, text)
    else:
        notebook = _parse(source.path, text)
    if not any(cell.cell_type == "code" for cell in notebook.cells):
        raise Trouble(f"{source.label} has no code to run", WRONG_USE)
    return notebook


def _parse(path: Path, text: str) -> "NotebookNode":
    """Return the notebook of a ``.ipynb`` file."""
    import warnings

    import nbformat

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of older notebooks, which are repaired on reading
            notebook = nbformat.reads(text, as_version=4)
            nbformat.validate(notebook)
    except Exception as error:
        reason = " ".join(str(error).split())[:100]
        raise Trouble(f"{path} is no notebook: {type(error).__name__}: {reason}") from None
    kernel = notebook.metadata.get("kernelspec", {})
    if kernel.get("language", "python").lower() != "python":
        raise Trouble(f"{path} is a notebook for {kernel['language']}; dlbook runs Python")
    return notebook


def _prepare(folder: Path) -> None:
    """Make the folder of the results before anything is executed."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".dlbook-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        reason = error.strerror or error
        raise Trouble(f"cannot write to {folder}: {reason}; choose another --output") from None


def _write(source: Source, notebook: "NotebookNode") -> list[Path]:
    """Write the executed notebook and its HTML, each at one stroke."""
    import nbformat

    from dlbook.cli._html import html

    if source.is_page:
        from dlbook.cli._myst import make_plain

        make_plain(notebook, source.path.parent)
    stem = source.output / f"{source.path.stem.removesuffix(MARK)}{MARK}"
    texts = {
        stem.with_name(f"{stem.name}.ipynb"): nbformat.writes(notebook) + "\n",
        stem.with_name(f"{stem.name}.html"): html(notebook, source.path.stem),
    }
    for path, text in texts.items():
        _write_at_once(path, text)
    return list(texts)


def _write_at_once(path: Path, text: str) -> None:
    """Write a file so that nobody ever sees half of it."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        part.write_text(text, encoding="utf8")
        part.replace(path)
    except OSError as error:
        raise Trouble(f"cannot write {path}: {error.strerror or error}") from None
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
