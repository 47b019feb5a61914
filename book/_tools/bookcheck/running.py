"""Run the cells of a page in a kernel of its own, outside the build."""

import os
from collections.abc import Mapping, Sequence
from typing import Any

import nbformat
from dlbook_site.cells import Cell, parsed
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from bookcheck.cards import card_calls
from bookcheck.page import Page

THREAD_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
TIMEOUT = 300


def fix_threads() -> int:
    """Fix the number of threads at one, unless the environment does otherwise; return it.

    The order in which threads add up changes the last digits of a sum. And one is faster here: the
    thread pools of torch and of NumPy's BLAS wait for each other by spinning, which made a chapter
    of small least-squares problems seven times slower on two busy cores.
    """
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    for name in THREAD_VARIABLES:
        os.environ.setdefault(name, os.environ["OMP_NUM_THREADS"])
    return int(os.environ["OMP_NUM_THREADS"].split(",")[0])


def run_cells(
    page: Page,
    cells: Sequence[Cell],
    *,
    variables: Mapping[str, str] | None = None,
    keep_going: bool = False,
) -> list[nbformat.NotebookNode]:
    """Execute cells in the page's folder; return them with their outputs.

    A cell that fails has an output of type ``error``; with ``keep_going`` the cells behind it are
    executed all the same. A kernel that dies or takes too long counts as the cell's error.
    """
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell(
                cell.code, metadata={"tags": [str(tag) for tag in cell.options.get("tags") or []]}
            )
            for cell in cells
        ]
    )
    running: list[nbformat.NotebookNode] = []
    client = NotebookClient(
        notebook,
        timeout=TIMEOUT,
        allow_errors=keep_going,
        kernel_name="python3",
        extra_arguments=["--log-level=40"],
        resources={"metadata": {"path": str(page.path.parent)}},
        on_cell_start=lambda cell, cell_index: running.append(cell),
    )
    try:
        client.execute(env={**os.environ, **(variables or {})})
    except CellExecutionError:
        pass  # it is among the cell's outputs
    except (CellTimeoutError, DeadKernelError) as error:
        name = type(error).__name__
        running[-1].outputs.append(
            nbformat.v4.new_output("error", ename=name, evalue=str(error), traceback=[])
        )
    return notebook.cells


def error_of(cell: nbformat.NotebookNode) -> tuple[str, str] | None:
    """Return the name and the message of a cell's error, None if it has none."""
    for output in cell.outputs:
        if output.output_type == "error":
            return output.ename, output.evalue
    return None


def bundles(cell: nbformat.NotebookNode, mime: str) -> list[Any]:
    """Return what an executed cell displayed under a MIME type."""
    return [output.data[mime] for output in cell.outputs if mime in output.get("data", {})]


def claim_cells(page: Page) -> dict[str, int]:
    """Return the index of the cell that holds the card of each claim."""
    lines = {call.id: call.line for call in card_calls(page) if call.id}
    return {
        name: max(index for index, cell in enumerate(page.cells) if cell.line <= line)
        for name, line in lines.items()
    }


def is_python(cell: Cell) -> bool:
    """Tell whether a cell can be parsed, as a patched one must be."""
    return parsed(cell.code) is not None
