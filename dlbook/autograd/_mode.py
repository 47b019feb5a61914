"""Whether operations are recorded: a switch of each thread."""

import threading
from collections.abc import Callable
from contextlib import ContextDecorator
from typing import Any

__all__ = ["no_grad", "recording"]


class _Mode(threading.local):
    """How many ``no_grad`` blocks the thread is in."""

    depth = 0


_mode = _Mode()


def recording() -> bool:
    """Tell whether this thread records operations.

    Examples
    --------
    >>> with no_grad():
    ...     recording()
    False
    """
    return not _mode.depth


class no_grad(ContextDecorator):
    """Do not record operations: as ``with no_grad():`` or as ``@no_grad()`` over a function.

    Results have ``requires_grad=False`` and hold no graph. Blocks may be nested, and other threads
    go on recording.

    Notes
    -----
    It is the engine's own switch; ``torch.no_grad`` has no effect on the engine.

    Examples
    --------
    >>> from dlbook.autograd import Tensor
    >>> w = Tensor(1.0, requires_grad=True)
    >>> with no_grad():
    ...     w -= 0.5  # a leaf may be changed in place here, as in torch
    >>> w.item()
    0.5
    """

    def __new__(cls, function: Callable[..., Any] | None = None) -> Any:
        """Return the switch, or, when used as ``@no_grad``, the function without recording."""
        switch = super().__new__(cls)
        return switch if function is None else switch(function)

    def __enter__(self) -> None:
        _mode.depth += 1

    def __exit__(self, *error: object) -> None:
        _mode.depth -= 1
