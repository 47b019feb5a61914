"""How a page's notebook is executed: as myst-nb does it, and more forgiving when it goes wrong.

A kernel that dies (out of memory, a crash in C) or does not start fails its page, not the whole
build. The cell that was running gets the error as its output, so that the page, the executed
notebook and the build's report all name it. Ctrl-C ends the build, not only the page.
"""

import os
import sys
import time
import traceback
from typing import Any

from jupyter_cache.executors.utils import ExecutionResult
from myst_nb.core.execute import direct
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from nbformat.v4 import new_output
from sphinx.application import Sphinx

HINTS = {
    DeadKernelError: "the kernel died while this cell ran; did it run out of memory?",
    CellTimeoutError: "the cell took longer than the limit of {timeout} s",
}


def execute(
    nb: NotebookNode,
    cwd: str | None,
    timeout: int | None,
    allow_errors: bool,
    meta_override: bool = True,
    **_: Any,
) -> ExecutionResult:
    """Execute a notebook in place; never raise for what its cells do."""
    wanted = nb.metadata.get("execution", {}) if meta_override else {}
    timeout = wanted.get("timeout", timeout)
    progress = _Progress(nb)
    client = NotebookClient(
        nb,
        timeout=timeout,
        allow_errors=wanted.get("allow_errors", allow_errors),
        resources={"metadata": {"path": cwd}} if cwd else {},
        on_cell_start=progress,
        extra_arguments=["--log-level=40"],  # else each kernel warns that it listens on TCP
    )
    start = time.perf_counter()
    error: BaseException | None = None
    details = None
    try:
        client.execute()
        if not client.allow_errors:
            _demand_no_error(nb)
    except CellExecutionError as caught:
        error, details = caught, traceback.format_exc()
    except (CellTimeoutError, RuntimeError) as caught:  # RuntimeError: no kernel, or a dead one
        error, details = caught, traceback.format_exc()
        progress.note(caught, timeout)
    if error is not None:
        progress.show(f"[failed] {type(error).__name__}")
    if hasattr(client, "_async_cleanup_kernel_future"):  # how nbclient notes SIGINT and SIGTERM
        raise KeyboardInterrupt
    return ExecutionResult(nb, cwd or "", time.perf_counter() - start, error, details)


def _demand_no_error(nb: NotebookNode) -> None:
    """Raise for an error that a cell showed and survived, as when ``display`` fails."""
    for cell in nb.cells:
        for output in cell.get("outputs", []):
            expected = "raises-exception" in cell.metadata.get("tags", [])
            if output.output_type == "error" and not expected:
                traceback_text = "\n".join(output.traceback)
                raise CellExecutionError(traceback_text, output.ename, output.evalue)


class _Progress:
    """Follows the cells, to tell which one is running."""

    def __init__(self, nb: NotebookNode) -> None:
        """Count the code cells of ``nb``."""
        self.code = [cell for cell in nb.cells if cell.cell_type == "code"]
        self.running: NotebookNode | None = None
        self.shown = bool(os.environ.get("DLBOOK_PROGRESS"))

    def __call__(self, cell: NotebookNode, cell_index: int) -> None:
        """Note the cell that starts."""
        if cell.cell_type != "code":
            return
        self.running = cell
        number = next(i for i, known in enumerate(self.code, 1) if known is cell)
        self.show(f"[cell {number}/{len(self.code)}]")

    def show(self, text: str) -> None:
        """Tell the build command how far the page is."""
        if self.shown:
            print(text, flush=True)

    def note(self, error: BaseException, timeout: int | None) -> None:
        """Give the running cell an output that says what happened."""
        cell = self.running or (self.code[0] if self.code else None)
        if cell is None:
            return
        message = HINTS.get(type(error), str(error)).format(timeout=timeout)
        name = type(error).__name__
        kept = [output for output in cell.outputs if output.output_type != "error"]
        text = f"{name}: {message}"
        cell.outputs = [*kept, new_output("error", ename=name, evalue=message, traceback=[text])]


def setup(app: Sphinx) -> None:
    """Take the place of the function that myst-nb calls."""
    direct.single_nb_execution = execute
    if sys.platform == "win32":
        import asyncio

        asyncio.set_event_loop_policy(asyncio.WindowsSelectorEventLoopPolicy())
