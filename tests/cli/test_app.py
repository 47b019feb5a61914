"""Help, names, exit codes and errors of the command line as a whole."""

import errno
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
import typer

import dlbook as package
from dlbook.cli import app
from dlbook.cli._app import _chapter_names, _data_names
from dlbook.cli._trouble import unknown

COMMAND = [sys.executable, "-c", "from dlbook.cli import main; main()"]


def test_help_explains_every_command_with_examples(dlbook):
    top = dlbook("--help")
    assert top.exit_code == 0
    for name in ("doctor", "list", "run", "data", "dlbook run perceptron", "Exit codes"):
        assert name in top.output
    assert "..." not in top.output.split("Commands:")[1]  # no command's line is cut off
    for command in (["doctor"], ["list"], ["run"], ["data", "get"]):
        result = dlbook(*command, "--help")
        assert result.exit_code == 0
        assert len(result.output.splitlines()) > 8
    assert "dlbook run perceptron --device cuda --output results" in dlbook("run", "-h").output


def test_without_a_command_help_is_shown(dlbook):
    result = dlbook()
    assert "Usage: " in result.output
    assert result.exit_code in (0, 2)  # click changed its mind on that


def test_version(dlbook):
    result = dlbook("--version")
    assert (result.exit_code, result.output) == (0, f"dlbook {package.__version__}\n")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["lst"], "Did you mean 'list'?"),
        (["data", "gt"], "Did you mean 'get'?"),
        (["data", "list", "--foldr", "x"], "--foldr"),
        (["run"], "Missing argument"),
        (["list", "extra"], "unexpected extra argument"),
    ],
)
def test_wrong_use_is_told_in_two_lines(dlbook, arguments, words):
    result = dlbook(*arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    lines = result.stderr.splitlines()
    assert len(lines) == 2
    assert words in lines[0]
    assert lines[1].endswith("--help'.")


def test_an_unexpected_error_is_two_lines_and_its_place_can_be_seen(dlbook, monkeypatch):
    def broken():
        raise RuntimeError("a bug\nof two lines")

    monkeypatch.setattr("dlbook.cli._list.show_chapters", broken)
    result = dlbook("list")
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        "dlbook: unexpected RuntimeError: a bug of two lines",
        "Set DLBOOK_TRACEBACK=1 to see where it happened.",
    ]
    monkeypatch.setenv("DLBOOK_TRACEBACK", "1")
    assert "a bug" in str(dlbook("list").exception)


@pytest.mark.parametrize("error", [KeyboardInterrupt, typer.Abort])
def test_ctrl_c_is_one_line(dlbook, monkeypatch, error):
    def interrupted():
        raise error

    monkeypatch.setattr("dlbook.cli._list.show_chapters", interrupted)
    result = dlbook("list")
    assert (result.exit_code, result.stderr) == (130, "dlbook: stopped\n")


def test_a_reader_that_goes_away_is_no_error(book):
    for topic in range(300):  # more than a pipe holds
        book.page(f"learning/page{topic}", "1", title="x" * 500)
    chapters = "".join(f"      - file: book/learning/page{n}\n" for n in range(300))
    book.write(
        "_toc.yml", f"root: book/index\nparts:\n  - numbered: true\n    chapters:\n{chapters}"
    )
    with subprocess.Popen(
        [*COMMAND, "list"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline().startswith("A small book: 300 chapters")
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(30) == 0


@pytest.mark.parametrize("arguments", [["list"], ["--version"], ["--help"], ["data", "list"]])
def test_a_reader_that_never_was_is_no_error(book, arguments):
    reading, writing = os.pipe()
    os.close(reading)
    run = subprocess.run([*COMMAND, *arguments], stdout=writing, stderr=subprocess.PIPE, timeout=60)
    os.close(writing)
    assert (run.returncode, run.stderr) == (0, b"")


def test_a_broken_pipe_is_quiet_wherever_it_breaks(dlbook, monkeypatch):
    def broken():
        raise BrokenPipeError(errno.EPIPE, "Broken pipe")

    monkeypatch.setattr("dlbook.cli._list.show_chapters", broken)
    result = dlbook("list")
    assert (result.exit_code, result.stderr) == (0, "")


def test_help_imports_nothing_heavy():
    code = (
        "import sys; from dlbook.cli import app\n"
        "try: app(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'torch', 'numpy', 'matplotlib', 'nbclient', 'nbconvert', 'myst_nb', 'yaml', "
        "'pooch', 'IPython'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    start = time.perf_counter()
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stderr == "[]\n"
    assert time.perf_counter() - start < 5  # 0.1 s on an idle machine


def test_names_are_completed(book):
    assert _chapter_names("") == ["search", "linearity", "perceptron"]
    assert _chapter_names("li") == ["linearity"]
    Path("linear.ipynb").touch()
    assert _chapter_names("li") == ["linearity", "linear.ipynb"]
    assert _data_names("m") == ["mnist"]


def test_completion_in_a_shell(book):
    environment = os.environ | {
        "_DLBOOK_COMPLETE": "complete_bash",
        "COMP_WORDS": "dlbook run perc",
        "COMP_CWORD": "2",
    }
    run = subprocess.run(COMMAND, env=environment, capture_output=True, text=True, timeout=60)
    assert run.stdout.split() == ["perceptron"]


def test_completion_stays_silent_where_the_book_is_broken(book):
    book.write("_toc.yml", "a: [")
    assert _chapter_names("") == []


def test_unknown_names_get_the_nearest():
    assert str(unknown("chapter", "perceptorn", ["search", "perceptron"])) == (
        "no chapter is called 'perceptorn'; did you mean perceptron?"
    )
    assert "there are search, perceptron" in str(unknown("chapter", "x", ["search", "perceptron"]))
    assert str(unknown("chapter", "x", [])) == "no chapter is called 'x'"


def test_the_console_script_is_this_app():
    from importlib.metadata import entry_points

    (script,) = entry_points(group="console_scripts", name="dlbook")
    assert script.value == "dlbook.cli:main"
    assert app.info.name == "dlbook"
