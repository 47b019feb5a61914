"""What goes wrong, in one or two lines for the person at the terminal."""

import difflib
import os
import sys
from collections.abc import Iterable

FAILED, WRONG_USE, STOPPED = 1, 2, 130


class Trouble(Exception):
    """Something that the person can do something about; ``code`` is the exit code."""

    def __init__(self, message: str, code: int = FAILED) -> None:
        super().__init__(message)
        self.code = code


def complain(message: str) -> None:
    """Print a message on stderr; the first line says who speaks."""
    print(f"dlbook: {message}", file=sys.stderr)


def unknown(kind: str, name: str, known: Iterable[str]) -> Trouble:
    """Return the trouble with a name that nothing has, with the nearest names."""
    known = list(known)
    near = difflib.get_close_matches(name.lower(), known, n=3, cutoff=0.5)
    if near:
        hint = f"did you mean {' or '.join(near)}?"
    else:
        hint = f"there {'are' if len(known) > 1 else 'is'} {', '.join(known)}." if known else ""
    return Trouble(f"no {kind} is called {name!r}; {hint}".rstrip("; "), WRONG_USE)


def message_of(error: BaseException) -> str:
    """Return what an unexpected exception says, in one line."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def flush() -> None:
    """Write what is left to be written, if anybody is there to read it."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        close_stdout()


def close_stdout() -> None:
    """Send further output nowhere: its reader has gone, as in ``dlbook list | head -1``."""
    try:
        descriptor = sys.stdout.fileno()
    except (OSError, ValueError):
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)
