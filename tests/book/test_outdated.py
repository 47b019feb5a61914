"""The build executes what changed, only that, and never forgets a failure."""

import os
import signal
import socket
import subprocess
from pathlib import Path

import pytest
from building import Built, SmallBook, notebook

pytestmark = pytest.mark.slow

LIBRARY = {
    "dlbook/__init__.py": "",
    "dlbook/base.py": "VALUE = 1\n",
    "dlbook/alpha.py": "def alpha():\n    from dlbook.base import VALUE\n    return VALUE\n",
    "dlbook/pack/__init__.py": (
        "from dlbook.pack.left import left\nfrom dlbook.pack.right import right\n"
    ),
    "dlbook/pack/left.py": "def left():\n    return 'left'\n",
    "dlbook/pack/right.py": "def right():\n    return 'right'\n",
    "dlbook/unused.py": "x = 1\n",
    "dlbook/claims.py": "def claim(name):\n    print(name)\n",
    "dlbook/claims.yml": "claims:\n- {id: one, wording: A}\n- {id: two, wording: B}\n",
    "dlbook/exercises/__init__.py": "from dlbook.exercises.checker import check\n",
    "dlbook/exercises/checker.py": "def check(name):\n    print(name)\n",
    "dlbook/exercises/topic.py": "CASES = 1\n",
}
PAGES = {
    "index": "# A small book\n\nWords.\n",
    "api": "# API\n\n```{eval-rst}\n.. automodule:: dlbook.alpha\n   :members:\n```\n",
    "lazy": notebook("Lazy", "from dlbook.alpha import alpha\nprint('value', alpha())"),
    "left": notebook("Left", "from dlbook.pack import left\nprint(left())"),
    "right": notebook("Right", "from dlbook.pack import right\nprint(right())"),
    "claims": notebook("Claims", "from dlbook.claims import claim\nclaim('one')"),
    "solution": notebook("Solution", "from dlbook.exercises import check\ncheck('topic/f')"),
    "plain": notebook("Plain", "print(1 + 1)"),
}
EXECUTED = {"lazy", "left", "right", "claims", "solution", "plain"}


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Built]:
    """Build a book again and again, with a change before each build."""
    book = SmallBook(tmp_path_factory.mktemp("book"), PAGES)
    for name, text in LIBRARY.items():
        book.write(name, text)
    builds = {"first": book.build(), "unchanged": book.build()}
    book.write("dlbook/base.py", "VALUE = 2\n")
    builds["module"] = book.build()
    assert "value 2" in book.html("lazy")
    book.write("dlbook/pack/right.py", "def right():\n    return 'changed'\n")
    registry = LIBRARY["dlbook/claims.yml"].replace("wording: A", "wording: C")
    book.write("dlbook/claims.yml", registry)
    book.write("dlbook/exercises/topic.py", "CASES = 2\n")
    builds["three things"] = book.build()
    book.write("dlbook/unused.py", "x = 2\n")
    book.write("dlbook/claims.yml", registry.replace("wording: B", "wording: D"))
    book.write("NOTES.md", "# Notes that the table of contents does not name\n")
    book.write("new.md", notebook("New", "print('new')"))
    book.list_pages([*PAGES, "new"])
    builds["new page"] = book.build()
    book.list_pages([name for name in (*PAGES, "new") if name != "plain"])
    builds["page removed"] = book.build()
    book.write("_build/html/left.html", "<html>cut o")
    book.write("_build/.doctrees/suspect-pages.json", '["cut-off"]')
    builds["cut off while writing"] = book.build()
    assert "</html>" in book.html("left")
    return builds


def test_every_build_of_the_story_is_green(story: dict[str, Built]) -> None:
    assert {name: built.code for name, built in story.items()} == dict.fromkeys(story, 0), story


def test_the_first_build_executes_every_page(story: dict[str, Built]) -> None:
    assert story["first"].executed == EXECUTED


def test_nothing_changed_executes_nothing(story: dict[str, Built]) -> None:
    assert story["unchanged"].executed == set()


def test_a_module_executes_the_pages_that_use_it(story: dict[str, Built]) -> None:
    """The use goes through another module and stands inside a function."""
    assert story["module"].executed == {"lazy"}


def test_reexport_registry_entry_and_hidden_cases_execute_one_page_each(
    story: dict[str, Built],
) -> None:
    assert story["three things"].executed == {"right", "claims", "solution"}


def test_a_new_page_executes_itself_alone(story: dict[str, Built]) -> None:
    """An unused module and another claim changed and a stray Markdown file came: no reason."""
    assert story["new page"].executed == {"new"}


def test_a_removed_page_executes_nothing(story: dict[str, Built]) -> None:
    assert story["page removed"].executed == set()


def test_a_page_cut_off_while_it_was_written_is_written_again_without_execution(
    story: dict[str, Built],
) -> None:
    """A killed build leaves this note; the page itself is looked at where the story is told."""
    assert story["cut off while writing"].executed == set()


BAD_DOCSTRING = '"""Alpha."""\n\n\ndef alpha():\n    """See :func:`nowhere.to.be_found`."""\n'
BROKEN = {
    "index": "# A small book\n\n```{bibliography}\n```\n",
    "api": "# API\n\n```{eval-rst}\n.. automodule:: dlbook.alpha\n   :members:\n```\n",
    "cell": notebook("Cell", "x = 1", "print(x)\nx / 0", "print('never')"),
    "citation": notebook("Citation", "x = 1", prose="As {cite}`unknown1999book` says."),
    "dead": notebook("Dead", "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)"),
    "fine": notebook("Fine", "print('fine')", prose="As {cite}`known2000book` says."),
    "glued": notebook("Glued", "x = 1", prose="It is {glue:text}`absent:.2f`."),
    "reference": notebook("Reference", "x = 1", prose="See {ref}`no-such-label`."),
    "slow": notebook(
        "Slow", "import threading\nthreading.Event().wait()", execution={"timeout": 2}
    ),
    "syntax": notebook("Syntax", "def f(:"),
}
FAILING = set(BROKEN) - {"index", "fine"}


@pytest.fixture(scope="module")
def red_story(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Built]:
    """Build a broken book twice, mend it, and build it twice more."""
    book = SmallBook(tmp_path_factory.mktemp("broken"), BROKEN)
    book.write("dlbook/__init__.py", "")
    book.write("dlbook/alpha.py", BAD_DOCSTRING)
    builds = {"red": book.build(), "red again": book.build()}
    for name in FAILING - {"api"}:
        book.write(f"{name}.md", notebook(name.title(), "print('mended')"))
    book.write("dlbook/alpha.py", BAD_DOCSTRING.replace(":func:`nowhere.to.be_found`", "nothing"))
    return builds | {"mended": book.build(), "still": book.build()}


@pytest.mark.parametrize("name", ["red", "red again"])
def test_a_red_build_is_red_and_names_every_failing_page(
    red_story: dict[str, Built], name: str
) -> None:
    built = red_story[name]
    assert built.code == 1
    listed = built.output.partition("The book was not built.")[2]
    assert {page for page in BROKEN if f"\n  {page}\n" in listed} == FAILING
    assert f"{len(FAILING)} pages failed: {', '.join(sorted(FAILING))}" in listed


def test_the_list_tells_cell_and_error(red_story: dict[str, Built]) -> None:
    listed = red_story["red again"].output.partition("The book was not built.")[2]
    assert "cell 2: ZeroDivisionError: division by zero" in listed
    assert "cell 1: DeadKernelError: the kernel died while this cell ran" in listed
    assert "cell 1: CellTimeoutError: the cell took longer than the limit of 2 s" in listed
    assert "cell 1: SyntaxError" in listed
    assert "absent" in listed and "no-such-label" in listed and "unknown1999book" in listed
    assert "nowhere.to.be_found" in listed


def test_the_second_red_build_leaves_sound_pages_alone(red_story: dict[str, Built]) -> None:
    assert "fine" in red_story["red"].executed
    assert red_story["red again"].executed == FAILING - {"api"}


def test_a_mended_book_is_green_and_stays_quiet(red_story: dict[str, Built]) -> None:
    assert red_story["mended"].code == 0, red_story["mended"].output
    assert red_story["still"].code == 0
    assert red_story["still"].executed == set()


BLOCKING = """
    import os
    import socket
    from pathlib import Path

    from dlbook.base import VALUE

    print("value", VALUE)
    if VALUE == 2:
        with socket.create_connection(("127.0.0.1", int(Path("port").read_text()))) as line:
            line.sendall(str(os.getpid()).encode())
            line.recv(1)
"""


def stopped_build(folder: Path, with_signal: signal.Signals) -> tuple[SmallBook, int, bool]:
    """Build, change a module, and stop the next build in the middle of its second page.

    Returns the book, the exit code, and whether the kernel is gone.
    """
    pages = {
        "index": "# Index\n",
        "a": notebook("A", "from dlbook.base import VALUE\nprint('value', VALUE)"),
        "b": notebook("B", BLOCKING),
        "c": notebook("C", "from dlbook.base import VALUE\nprint('value', VALUE)"),
    }
    book = SmallBook(folder, pages)
    book.write("dlbook/__init__.py", "")
    book.write("dlbook/base.py", "VALUE = 1\n")
    assert book.build().code == 0
    book.write("dlbook/base.py", "VALUE = 2\n")
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(120)
        book.write("port", str(server.getsockname()[1]))
        process = subprocess.Popen(
            book.command(),
            env=book.environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            line, _ = server.accept()  # the cell of the second page calls
            kernel = int(line.recv(20))
            os.killpg(process.pid, with_signal)
            code = process.wait(60)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        gone = not _alive(kernel)
        if not gone:
            os.kill(kernel, signal.SIGKILL)
        line.close()
    book.write("dlbook/base.py", "VALUE = 3\n")
    return book, code, gone


def _alive(process: int) -> bool:
    """Tell whether a process exists."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_killed_build_is_picked_up(tmp_path: Path) -> None:
    book, _, _ = stopped_build(tmp_path, signal.SIGKILL)
    built = book.build()
    assert built.code == 0, built.output
    assert built.executed == {"a", "b", "c"}
    assert all("value 3" in book.html(name) for name in "abc")


def test_ctrl_c_stops_the_build_and_its_kernel(tmp_path: Path) -> None:
    book, code, gone = stopped_build(tmp_path, signal.SIGINT)
    assert code == 130
    assert gone, "the kernel outlived the build"
    built = book.build()
    assert built.code == 0, built.output
    assert built.executed == {"a", "b", "c"}
