"""Keep the traces of a reader's code from the rest of the session: prints, warnings, seeds."""

import builtins
import contextlib
import io
import random
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

KEEP = 2_000  # characters of output; a loop that prints for ever fills no memory


class AsksForInput(Exception):
    """The code called ``input()``."""


class _Capture(io.TextIOBase):
    """A stream that keeps the beginning of what is written to it."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> int:
        """Keep the text as long as there is room."""
        self.text += text[: KEEP - len(self.text)]
        return len(text)

    def writable(self) -> bool:
        """Say yes."""
        return True


@dataclass
class Traces:
    """What the code left behind: what it printed, and the warnings of NumPy and others."""

    out: _Capture = field(default_factory=_Capture)
    warned: list[warnings.WarningMessage] = field(default_factory=list)

    @property
    def printed(self) -> str:
        """What went to stdout and stderr."""
        return self.out.text

    def warning(self) -> str:
        """Return the first warning in one line, or an empty text."""
        return str(self.warned[0].message).split("\n")[0][:120] if self.warned else ""


@contextlib.contextmanager
def sandbox() -> Iterator[Traces]:
    """Collect prints and warnings; seed the global generators and put their states back."""
    traces = Traces()
    before = sys.stdout, sys.stderr, sys.stdin, builtins.input, sys.getrecursionlimit()
    restore = _keep_seeds()
    with warnings.catch_warnings(record=True) as warned, np.errstate(all="warn"):
        warnings.simplefilter("always")
        sys.stdout = sys.stderr = traces.out
        sys.stdin, builtins.input = io.StringIO(), _no_input
        try:
            yield traces
        finally:
            sys.stdout, sys.stderr, sys.stdin, builtins.input = before[:4]
            sys.setrecursionlimit(before[4])
            restore()
            traces.warned = list(warned)


def _no_input(*_args: object) -> str:
    """Stand in for ``input()``: nobody types while a check runs."""
    raise AsksForInput("input() waits for the keyboard")


def _keep_seeds() -> Callable[[], None]:
    """Seed the global generators, so that feedback repeats; return what puts their states back."""
    python_state, numpy_state = random.getstate(), np.random.get_state()  # noqa: NPY002
    torch = sys.modules.get("torch")
    torch_state = torch.get_rng_state() if torch else None
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002
    if torch:
        torch.default_generator.manual_seed(0)  # of the CPU alone: no GPU is woken for it

    def restore() -> None:
        random.setstate(python_state)
        np.random.set_state(numpy_state)  # noqa: NPY002
        if torch:
            torch.set_rng_state(torch_state)

    return restore
