"""``dlbook list``."""

import shutil
import textwrap

from dlbook.cli._book import Book, Measured, Page, the_book


def show_chapters() -> None:
    """Print the chapters in order."""
    print("\n".join(chapter_lines(the_book())))


def chapter_lines(book: Book) -> list[str]:
    """Return the list, line by line."""
    chapters, measured = book.chapters, book.measured()
    count = "1 chapter" if len(chapters) == 1 else f"{len(chapters)} chapters"
    lines = [f"{book.title}: {count} in {book.root}"]
    topic_width = max((len(page.topic) for page in chapters), default=0)
    title_width = max((len(page.title) for page in chapters), default=0)
    part = None
    for page in chapters:
        if page.part != part:
            part = page.part
            lines += ["", part]
        lines += _page_lines(page, measured.get(page.name, Measured()), topic_width, title_width)
    seconds = [measured[page.name].seconds or 0 for page in chapters if page.name in measured]
    claims = sum(page.claims for page in chapters)
    total = f"; {sum(seconds):.0f} s in the last build" if any(seconds) else ""
    lines += ["", f"{claims} claims{total}. Run a chapter: dlbook run NAME"]
    return lines


def _page_lines(page: Page, measured: Measured, topics: int, titles: int) -> list[str]:
    """Return a chapter's line, and the modules that it teaches below."""
    claims = "1 claim " if page.claims == 1 else f"{page.claims} claims"
    line = f"{page.number:>3}  {page.topic:<{topics}}  {page.title:<{titles}}  {claims:>9}"
    indent = " " * (5 + topics + 2)
    width = max(shutil.get_terminal_size().columns, 60)
    modules = ", ".join(page.teaches)
    return [
        f"{line}  {measured}",
        *textwrap.wrap(modules, width, initial_indent=indent, subsequent_indent=indent),
    ]
