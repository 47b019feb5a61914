"""``dlbook run``: what it executes, what it leaves, and that it leaves nothing else."""

import importlib.util
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import nbformat
import psutil
import pytest

from dlbook.cli import _execute

posix = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals and terminals")
COMMAND = [sys.executable, "-c", "from dlbook.cli import main; main()"]


def executed(folder, name="perceptron"):
    """Return the executed notebook."""
    return nbformat.read(folder / f"{name}-executed.ipynb", as_version=4)


def printed(notebook):
    """Return what the cells printed."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return "".join(output.get("text", "") for output in outputs)


@pytest.mark.slow
def test_a_chapter_is_executed_in_its_folder_by_this_python(book, dlbook, monkeypatch):
    other = {"argv": ["false"], "display_name": "Another environment's", "language": "python"}
    book.write("jupyter/kernels/python3/kernel.json", json.dumps(other))
    monkeypatch.setenv("JUPYTER_PATH", str(book.root / "jupyter"))
    book.page(
        "network/perceptron",
        "import os, sys\nfrom dlbook.glue import glue\nglue(share=0.25)",
        "print(sys.executable, os.getcwd(), os.environ['DLBOOK_DEVICE'])",
        text="Of all, {glue:text}`share:.0%`.",
    )
    result = dlbook("run", "perceptron", "--device", "cpu")
    assert result.exit_code == 0, result.output
    assert result.stderr == ""  # the progress bar is for terminals
    folder = book.root / "_build" / "run"
    assert result.stdout.splitlines() == [
        str(folder / f"perceptron-executed.{kind}") for kind in ("ipynb", "html")
    ]
    assert sorted(path.name for path in folder.iterdir()) == [
        "perceptron-executed.html",
        "perceptron-executed.ipynb",
    ]
    notebook = executed(folder)
    nbformat.validate(notebook)
    assert printed(notebook) == f"{sys.executable} {book.root / 'book/network'} cpu\n"
    assert [c.execution_count for c in notebook.cells if c.cell_type == "code"] == [1, 2]
    page = (folder / "perceptron-executed.html").read_text(encoding="utf8")
    assert "Of all, 25%." in page
    assert "<title>Perceptron</title>" in page
    assert sys.executable in page


@pytest.mark.slow
def test_a_downloaded_notebook_is_executed_beside_itself(tmp_path, dlbook, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cells = [nbformat.v4.new_markdown_cell("# Mine"), nbformat.v4.new_code_cell("print(6 * 7)")]
    skipped = nbformat.v4.new_code_cell("1 / 0", metadata={"tags": ["skip-execution"]})
    expected = nbformat.v4.new_code_cell("1 / 0", metadata={"tags": ["raises-exception"]})
    notebook = nbformat.v4.new_notebook(cells=[*cells, skipped, expected])
    before = nbformat.writes(notebook)
    Path("mine.ipynb").write_text(before, encoding="utf8")
    result = dlbook("run", "mine.ipynb")
    assert result.exit_code == 0, result.output
    assert Path("mine.ipynb").read_text(encoding="utf8") == before
    assert printed(executed(tmp_path, "mine")) == "42\n"
    again = dlbook("run", "mine-executed.ipynb", "--output", tmp_path / "new" / "folder")
    assert again.exit_code == 0
    assert printed(executed(tmp_path / "new" / "folder", "mine")) == "42\n"


@pytest.mark.slow
def test_a_cell_that_fails_is_named_and_what_ran_is_kept(book, dlbook):
    book.page("network/perceptron", "x = 1", "print('so far')", "y = x / 0", "print('never')")
    result = dlbook("run", "network/perceptron", "--output", "results")
    assert result.exit_code == 1
    lines = result.stderr.splitlines()
    assert lines[0] == (
        "dlbook: book/network/perceptron.md, code cell 3 (line 22): "
        "ZeroDivisionError: division by zero"
    )
    page = (book.root / "book/network/perceptron.md").read_text(encoding="utf8").splitlines()
    assert page[21] == "y = x / 0"
    assert lines[1].startswith("What was executed so far is in ")
    notebook = executed(book.root / "results")
    assert printed(notebook) == "so far\n"
    assert notebook.cells[-2].outputs[0].ename == "ZeroDivisionError"
    assert "ZeroDivisionError" in (book.root / "results/perceptron-executed.html").read_text("utf8")


@pytest.mark.slow
def test_a_python_that_dies_is_told_and_what_it_started_ends(book, dlbook):
    start = "import os, subprocess\nprint(subprocess.Popen(['sleep', '1000']).pid, flush=True)"
    book.page("network/perceptron", start, "os._exit(3)")
    result = dlbook("run", "perceptron")
    assert result.exit_code == 1
    assert "code cell 2 (line 19): Python died." in result.stderr
    assert gone(int(printed(executed(book.root / "_build" / "run"))))


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["perceptorn"], 2, "no chapter is called 'perceptorn'; did you mean perceptron?"),
        (["network/perceptorn"], 2, "did you mean perceptron?"),
        (["nothing.ipynb"], 2, "there is no file nothing.ipynb"),
        (["glossary"], 2, "book/back/glossary has no code to run"),
        (["broken.ipynb"], 1, "broken.ipynb is no notebook"),
        (["empty.ipynb"], 2, "empty.ipynb has no code to run"),
        (["julia.ipynb"], 1, "is a notebook for julia; dlbook runs Python"),
        (["latin.ipynb"], 1, "cannot be read"),
        (["plain.md"], 1, "has no `jupytext` and `kernelspec` at its top"),
        (["perceptron", "--device", "toaster"], 2, "'toaster' is not a device; expected cpu, cuda"),
        (["perceptron", "--device", "cuda:77"], 1, "does not find here"),
        (["perceptron", "--output", "broken.ipynb"], 1, "choose another --output"),
        (["perceptron", "--output", "broken.ipynb/in"], 1, "choose another --output"),
        (["missing"], 1, "there is no file"),
    ],
)
def test_what_cannot_be_run_is_told_in_one_line(book, dlbook, arguments, code, words):
    book.write("broken.ipynb", "{")
    book.write("empty.ipynb", nbformat.writes(nbformat.v4.new_notebook()))
    metadata = {"kernelspec": {"name": "julia", "display_name": "J", "language": "julia"}}
    book.write("julia.ipynb", nbformat.writes(nbformat.v4.new_notebook(metadata=metadata)))
    (book.root / "latin.ipynb").write_bytes(b"\xff\xfe\xe4")
    book.write("plain.md", "# Just text\n")
    toc = (book.root / "_toc.yml").read_text(encoding="utf8")
    book.write("_toc.yml", toc + "      - file: book/back/missing\n")
    result = dlbook("run", *arguments)
    assert result.exit_code == code, result.output
    assert words in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert result.stdout == ""


def test_without_a_repository_it_is_said_how_to_get_one(tmp_path, dlbook, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("dlbook.cli._book.find_book", lambda start=None: None)
    result = dlbook("run", "perceptron")
    assert result.exit_code == 1
    assert "no book here" in result.stderr


def test_without_the_extra_it_is_said_what_to_install(book, dlbook, monkeypatch):
    real = importlib.util.find_spec
    absent = {"nbclient", "myst_nb"}
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *rest: None if name in absent else real(name)
    )
    result = dlbook("run", "perceptron")
    assert result.exit_code == 1
    assert result.stderr == (
        "dlbook: dlbook run needs nbclient, myst-nb. "
        'Install what runs chapters: pip install "dlbook[book]"\n'
    )
    absent.discard("nbclient")
    nbformat.write(nbformat.v4.new_notebook(), "mine.ipynb")
    assert "has no code" in dlbook("run", "mine.ipynb").stderr  # a notebook needs no MyST


def test_a_full_disk_leaves_no_half_file(book, dlbook, monkeypatch):
    def full(self, *_args, **_kwargs):
        with self.open("wb") as file:
            file.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("dlbook.cli._execute.execute", lambda *_: None)
    folder = book.root / "_build" / "run"
    folder.mkdir(parents=True)
    (folder / "perceptron-executed.ipynb").write_text("old")
    monkeypatch.setattr(Path, "write_text", full)
    result = dlbook("run", "perceptron")
    assert result.exit_code == 1
    assert "No space left on device" in result.stderr
    assert [path.name for path in folder.iterdir()] == ["perceptron-executed.ipynb"]
    assert (folder / "perceptron-executed.ipynb").read_text() == "old"


def test_a_kernel_that_does_not_start_is_told(book, dlbook, monkeypatch):
    real = _execute._kernel_manager

    def broken():
        manager = real()
        manager.kernel_spec.argv = [sys.executable, "-c", "raise SystemExit('no ipykernel here')"]
        return manager

    monkeypatch.setattr(_execute, "_kernel_manager", broken)
    result = dlbook("run", "perceptron")
    assert result.exit_code == 1
    assert "the kernel does not start. Its last words: no ipykernel here" in result.stderr


def test_while_the_kernel_is_stopped_ctrl_c_has_to_wait():
    with _execute._deaf():
        signal.raise_signal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


STUCK = """
import json, os, pathlib, subprocess
child = subprocess.Popen(["sleep", "1000"])
with open({fifo!r}, "w") as fifo:
    json.dump([os.getpid(), child.pid], fifo)
{then}
"""
CATCHES = """\
while True:
    try:
        child.wait()
    except BaseException:
        continue
"""


def gone(pid):
    """Tell whether a process has ended."""
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


@posix
@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "then"),
    [
        ("SIGINT", "child.wait()"),
        ("SIGINT", CATCHES),
        ("SIGTERM", "child.wait()"),
        ("SIGHUP", "child.wait()"),
    ],
    ids=["interrupt", "interrupt-caught", "terminate", "hang-up"],
)
def test_a_stop_leaves_no_file_and_no_process(book, number, then):
    fifo = book.root / "fifo"
    os.mkfifo(fifo)
    book.page("network/perceptron", STUCK.format(fifo=str(fifo), then=then))
    with subprocess.Popen(
        [*COMMAND, "run", "perceptron", "--output", "results"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        with fifo.open() as file:
            pids = json.load(file)
        process.send_signal(getattr(signal, number))
        out, error = process.communicate(timeout=60)
    assert process.returncode == 130
    assert (out, error) == ("", "dlbook: stopped; nothing was written\n")
    assert [gone(pid) for pid in pids] == [True, True]
    assert list((book.root / "results").iterdir()) == []


@posix
@pytest.mark.slow
def test_a_second_ctrl_c_does_not_leave_the_kernel_behind(book):
    fifo = book.root / "fifo"
    os.mkfifo(fifo)
    book.page("network/perceptron", STUCK.format(fifo=str(fifo), then=CATCHES))
    with subprocess.Popen([*COMMAND, "run", "perceptron"], stderr=subprocess.PIPE) as process:
        with fifo.open() as file:
            pids = json.load(file)
        for _ in range(5):
            process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    assert process.returncode != 0
    assert [gone(pid) for pid in pids] == [True, True]


@posix
@pytest.mark.slow
def test_a_terminal_sees_the_progress(book):
    import pty
    import termios

    book.page("network/perceptron", "x = 1", "y = 2")
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 100))
    with subprocess.Popen(
        [*COMMAND, "run", "perceptron"], stdout=subprocess.DEVNULL, stderr=theirs
    ) as process:
        os.close(theirs)
        seen = b""
        while True:
            try:
                chunk = os.read(ours, 4096)
            except OSError:  # the other end is closed
                break
            if not chunk:
                break
            seen += chunk
    os.close(ours)
    assert process.returncode == 0
    assert b"book/network/perceptron.md" in seen
    assert b"2/2" in seen
