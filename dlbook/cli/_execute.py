"""Execute a notebook's cells in a kernel of its own, and leave no kernel behind."""

import asyncio
import re
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from dlbook.cli._trouble import Trouble

if TYPE_CHECKING:
    from nbclient import NotebookClient
    from nbformat import NotebookNode

ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
SKIP = "skip-execution"


@dataclass(frozen=True)
class Failure:
    """The cell that failed; ``line`` is that of the page, 0 if it is not known."""

    cell: int
    line: int
    error: str

    def __str__(self) -> str:
        """Return the place and the error in one line."""
        where = f" (line {self.line})" if self.line else ""
        return f"code cell {self.cell}{where}: {self.error}"


def execute(notebook: "NotebookNode", folder: Path, label: str) -> Failure | None:
    """Execute the cells in place, in a folder, with a progress bar; stop at the first that fails.

    Ctrl-C, or a request to end, stops the kernel and raises KeyboardInterrupt.
    """
    from nbclient import NotebookClient

    with tempfile.TemporaryFile() as log:
        client = NotebookClient(
            notebook,
            timeout=None,
            kernel_name="python3",
            km=_kernel_manager(),
            resources={"metadata": {"path": str(folder)}},
            skip_cells_with_tag=SKIP,
            ipython_hist_file="",
        )
        try:
            return asyncio.run(_execute(client, label, log))
        except asyncio.CancelledError:
            raise KeyboardInterrupt from None


def _kernel_manager() -> Any:
    """Return the manager of a kernel that runs this very Python.

    A ``python3`` kernel that the user once registered may belong to another environment.
    """
    from jupyter_client.kernelspec import KernelSpecManager
    from jupyter_client.manager import AsyncKernelManager

    return AsyncKernelManager(
        kernel_name="python3", kernel_spec_manager=KernelSpecManager(kernel_dirs=[])
    )


async def _execute(client: "NotebookClient", label: str, log: IO[bytes]) -> Failure | None:
    """Start the kernel, execute the cells, and stop the kernel whatever happens."""
    from nbclient.exceptions import CellExecutionError, DeadKernelError

    cells = _code_cells(client.nb)
    with _stopped_by_signals(), _progress(len(cells), label) as bar:
        number = 0
        try:
            client.reset_execution_trackers()
            await _start(client, log)
            for number, (index, cell) in enumerate(cells, start=1):
                await client.async_execute_cell(cell, index, execution_count=number)
                bar.update()
        except CellExecutionError as error:
            words = ANSI.sub("", f"{error.ename}: {error.evalue}".strip().split("\n")[0])
            return Failure(number, _line(client.nb, cells[number - 1][0]), words)
        except DeadKernelError:
            if _is_cancelled():  # nbclient takes this for the kernel's death
                raise asyncio.CancelledError from None
            line = _line(client.nb, cells[number - 1][0])
            return Failure(number, line, f"Python died.{_last_words(log)}")
        finally:
            await _stop(client)
    return None


async def _start(client: "NotebookClient", log: IO[bytes]) -> None:
    """Start the kernel; what it says on its own goes into the log."""
    try:
        await client.async_start_new_kernel(stdout=log, stderr=log)
        await client.async_start_new_kernel_client()
    except RuntimeError as error:
        reason = _last_words(log) or f" {str(error).splitlines()[0]}"
        raise Trouble(f"the kernel does not start.{reason}") from None
    client.nb.metadata["language_info"] = {"name": "python", "file_extension": ".py"}


async def _stop(client: "NotebookClient") -> None:
    """End the kernel and all that it started; a second Ctrl-C does not come in between."""
    manager: Any = client.km
    with _deaf():
        if client.kc is not None:
            client.kc.stop_channels()
        if manager is not None:  # None: nbclient has cleaned up a kernel that did not start
            with suppress(RuntimeError):
                await manager.shutdown_kernel(now=True)  # its whole process group


@contextmanager
def _stopped_by_signals() -> Iterator[None]:
    """Let a request to end, or a closed terminal, act like Ctrl-C: asyncio cancels the task."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None
    names = [name for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    numbers = [getattr(signal, name) for name in names]
    try:
        for number in numbers:
            loop.add_signal_handler(number, task.cancel)
    except NotImplementedError:  # Windows
        numbers = []
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


def _is_cancelled() -> bool:
    """Tell whether somebody asked the running task to end."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


@contextmanager
def _deaf() -> Iterator[None]:
    """Take no notice of Ctrl-C for the moment."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _code_cells(notebook: "NotebookNode") -> list[tuple[int, "NotebookNode"]]:
    """Return the cells to execute, with their places in the notebook."""
    return [
        (index, cell)
        for index, cell in enumerate(notebook.cells)
        if cell.cell_type == "code" and SKIP not in cell.metadata.get("tags", [])
    ]


@contextmanager
def _progress(total: int, label: str) -> Iterator[Any]:
    """Show a progress bar over the cells, in a terminal only."""
    from tqdm import tqdm

    with tqdm(total=total, desc=label, unit="cell", disable=None, file=sys.stderr) as bar:
        yield bar


def _line(notebook: "NotebookNode", index: int) -> int:
    """Return the line of a page where a cell begins; 0 in a notebook."""
    lines = notebook.metadata.get("source_map") or []
    return int(lines[index]) + 1 if index < len(lines) else 0


def _last_words(log: IO[bytes]) -> str:
    """Return the last line that the kernel printed on its own."""
    log.seek(0)
    lines = [line for line in log.read().decode(errors="replace").splitlines() if line.strip()]
    lines = [line for line in lines if "IPKernelApp" not in line]
    return f" Its last words: {lines[-1].strip()[:200]}" if lines else ""
