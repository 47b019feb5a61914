"""The commands and their help. What they do is in the files beside; heavy imports come last."""

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from dlbook import __version__
from dlbook.cli._trouble import STOPPED, Trouble, close_stdout, complain, flush, message_of

TRACEBACK = "DLBOOK_TRACEBACK"


class BookGroup(TyperGroup):
    """Commands whose errors are one or two lines, without a traceback."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run a command and exit with its code."""
        kwargs["standalone_mode"] = False
        try:
            code = super().main(*args, **kwargs)
            if code == STOPPED:
                raise KeyboardInterrupt
        except Trouble as trouble:
            complain(str(trouble))
            code = trouble.code
        except (KeyboardInterrupt, typer.Abort):
            complain("stopped")
            code = STOPPED
        except Exception as error:
            code = _report(error)
        flush()
        sys.exit(code if isinstance(code, int) else 0)

    def make_context(self, *args: Any, **kwargs: Any) -> Any:
        """Read the command line; ``--help`` prints here already."""
        try:
            return super().make_context(*args, **kwargs)
        except BrokenPipeError:
            close_stdout()
            raise typer.Exit() from None

    def invoke(self, ctx: Any) -> Any:
        """Run a command; when nobody reads its output any more, that is no error."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            close_stdout()
            return 0


def _report(error: Exception) -> int:
    """Print an error in one or two lines and return the exit code."""
    say = getattr(error, "format_message", None)
    if say is not None:  # the command line was wrong
        context = getattr(error, "ctx", None)
        path = context.command_path if context is not None else "dlbook"
        complain(f"{say()}\nTry '{path} --help'.")
        return int(getattr(error, "exit_code", 2))
    if os.environ.get(TRACEBACK):
        raise error
    complain(f"unexpected {message_of(error)}\nSet {TRACEBACK}=1 to see where it happened.")
    return 1


app = typer.Typer(
    cls=BookGroup,
    name="dlbook",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done, 1 failed, 2 wrong use, 130 stopped by Ctrl-C.",
)
data_app = typer.Typer(
    name="data",
    rich_markup_mode=None,
    no_args_is_help=True,
    help="List, download and check the data sets that are not bundled.",
    short_help="The data sets that can be downloaded.",
    epilog="No chapter needs them to be built. They are kept in the folder DLBOOK_DATA.",
)
app.add_typer(data_app)


def main() -> None:
    """Run the command line."""
    app(prog_name="dlbook")


def _version(wanted: bool) -> None:
    """Print the version and leave."""
    if wanted:
        print(f"dlbook {__version__}")
        raise typer.Exit()


@app.callback()
def _top(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """The command line of Foundations of Deep Learning.

    \b
    Examples
      dlbook doctor                 is everything here that a chapter needs?
      dlbook list                   the chapters, in order
      dlbook run perceptron         execute a chapter
      dlbook run perceptron.ipynb   execute a notebook that you downloaded
      dlbook data get mnist         download a data set
      dlbook train digits           train a network on bundled data
    """


@app.command(short_help="What is here, what is missing, how to get it.")
def doctor() -> None:
    """Look at this machine: versions, device, data folder, what is missing and how to get it.

    \b
    Each line begins with what was found:
      [ok]  as it should be
      [--]  not there, and not needed unless you want what the line says
      [!!]  broken: the line says what to do, and the exit code is 1

    \b
    Examples
      dlbook doctor
      DLBOOK_DEVICE=cuda dlbook doctor     would the GPU be used?
    """
    from dlbook.cli._doctor import examine

    examine()


@app.command("list", short_help="The chapters: modules, claims, run times.")
def list_chapters() -> None:
    """List the chapters: what they teach, their claims, their measured run time.

    The chapters are those of the repository around the current folder. Run times come from its last
    build, `make book`.
    """
    from dlbook.cli._list import show_chapters

    show_chapters()


def _chapter_names(incomplete: str) -> list[str]:
    """Return the names that complete what was typed: chapters, and notebooks in this folder."""
    from dlbook.cli._book import find_book

    try:
        book = find_book()
    except Trouble:
        book = None
    names = [page.topic for page in book.pages if page.has_code] if book else []
    files = sorted(str(path) for path in Path().glob("*.ipynb"))
    return [name for name in [*names, *files] if name.startswith(incomplete)]


@app.command(short_help="Execute a chapter or a notebook; keep its HTML.")
def run(
    chapter: Annotated[
        str,
        typer.Argument(
            help="A chapter's name (see `dlbook list`), or the path of a page or notebook.",
            autocompletion=_chapter_names,
            show_default=False,
        ),
    ],
    device: Annotated[
        str | None,
        typer.Option(help="cpu, cuda, cuda:1, mps: sets DLBOOK_DEVICE.", show_default=False),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            help="Folder for the results; else _build/run of the repository, or the folder of the "
            "notebook.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Execute a chapter, and keep the executed notebook and its HTML.

    \b
    Leaves NAME-executed.ipynb and NAME-executed.html. If a cell fails, they
    hold what was executed so far, and the exit code is 1. After Ctrl-C nothing
    is written.

    \b
    Examples
      dlbook run perceptron
      dlbook run perceptron --device cuda --output results
      dlbook run ~/Downloads/perceptron.ipynb
    """
    from dlbook.cli._run import run_chapter

    run_chapter(chapter, device, output)


def _bundled_names(incomplete: str) -> list[str]:
    """Return the bundled data sets that complete what was typed."""
    from dlbook.cli._train import CLASSIFICATION

    return [name for name in CLASSIFICATION if name.startswith(incomplete)]


@app.command(short_help="Train a network on a bundled data set.")
def train(
    name: Annotated[
        str,
        typer.Argument(help="breast_cancer, digits, iris or wine.", autocompletion=_bundled_names),
    ] = "digits",
    epochs: Annotated[int, typer.Option(min=1, help="Passes over all training examples.")] = 20,
    lr: Annotated[float, typer.Option(help="Learning rate.")] = 0.05,
    seed: Annotated[
        int | None,
        typer.Option(min=0, help="Of all random numbers; else that of DLBOOK_SEED."),
    ] = None,
    checkpoint: Annotated[
        Path | None,
        typer.Option(help="File that keeps the state after each epoch.", show_default=False),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on from the checkpoint if there is one.")
    ] = False,
) -> None:
    """Train a network with one hidden layer on a bundled data set.

    \b
    Prints loss and accuracy after each epoch, measured on a quarter of the
    examples that is kept aside. With --checkpoint, a training that was stopped
    or killed goes on with --resume as if nothing had happened.

    \b
    Examples
      dlbook train digits
      dlbook train wine --epochs 50 --lr 0.01
      dlbook train digits --checkpoint run.safetensors --resume
    """
    from dlbook.cli._train import train_network

    train_network(name, epochs, lr, seed, checkpoint, resume)


def _data_names(incomplete: str) -> list[str]:
    """Return the data sets that complete what was typed."""
    from dlbook.data._cache import names

    return [name for name in names() if name.startswith(incomplete)]


Folder = Annotated[
    Path | None,
    typer.Option(help="The data folder; else DLBOOK_DATA, or the cache.", show_default=False),
]
SetName = Annotated[str, typer.Argument(autocompletion=_data_names, show_default=False)]


@data_app.command("list")
def data_list(folder: Folder = None) -> None:
    """List the data sets, their sizes, and whether they are there."""
    from dlbook.cli._data import show_data

    show_data(folder)


@data_app.command("get")
def data_get(name: SetName, folder: Folder = None) -> None:
    """Download a data set, unless it is there.

    \b
    Examples
      dlbook data get mnist
      dlbook data get cifar10 --folder /mnt/data
    """
    from dlbook.cli._data import get_data

    get_data(name, folder)


@data_app.command("verify")
def data_verify(
    name: Annotated[str | None, typer.Argument(autocompletion=_data_names)] = None,
    folder: Folder = None,
) -> None:
    """Check the files that are there against their published hashes.

    The network is not used. The exit code is 1 if a file is altered or cannot be read, or if a
    data set that you name is not complete.
    """
    from dlbook.cli._data import verify_data

    verify_data(name, folder)
