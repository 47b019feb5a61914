"""What went wrong in a build, page by page, for the next build and for the one who reads it.

The recorder notes each warning with its page. When the build ends, ``report.json`` in the build
folder holds every page that failed or warned, and every page that was executed.
"""

import json
import logging
import re
import time
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging as sphinx_logging

EVERYWHERE = "*"  # the place of a warning that names no page: every page is suspect
ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


class Recorder(logging.Handler):
    """Remember which pages warned in this build, and how."""

    def __init__(self, app: Sphinx) -> None:
        """Listen to the build of ``app``."""
        super().__init__(logging.WARNING)
        self.app = app
        self.started = time.time()
        self.warnings: dict[str, list[str]] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Note a warning, unless the configuration suppresses it."""
        kinds = (getattr(record, "type", ""), getattr(record, "subtype", ""))
        if sphinx_logging.is_suppressed_warning(*kinds, self.app.config.suppress_warnings):
            return
        location = self._location(getattr(record, "location", None))
        message = ANSI.sub("", record.getMessage()).strip()
        if location:
            message = f"{location.removeprefix(f'{self.app.srcdir}/')}: {message}"
        for page in self._pages(location):
            self.warnings.setdefault(page, []).append(message)

    def _location(self, location: Any) -> str:
        """Return a location in any of Sphinx's forms as ``file:line``; empty if there is none."""
        if isinstance(location, nodes.Node):
            return sphinx_logging.get_node_location(location) or ""
        page, line = location if isinstance(location, tuple) else (location, None)
        if not page:
            return ""
        if self.app.env is not None and page in self.app.env.found_docs:
            page = self.app.env.doc2path(page)
        return f"{page}:{line}" if line else str(page)

    def _pages(self, location: str) -> set[str]:
        """Return the pages that a warning's location stands for."""
        env = self.app.env
        if not location or env is None:
            return {EVERYWHERE}
        file, in_docstring, _ = location.partition(":docstring of")
        if not in_docstring and file.rpartition(":")[2].isdigit():
            file = file.rpartition(":")[0]
        path = Path(self.app.srcdir, file)
        name = env.path2doc(str(path))
        if name in env.found_docs:
            return {name}
        users = {
            page
            for page, files in env.dependencies.items()
            if path in {Path(self.app.srcdir, used) for used in files}
        }
        return users or {EVERYWHERE}


def report(app: Sphinx, recorder: Recorder, error: Exception | None) -> dict[str, Any]:
    """Return what a build did and what went wrong."""
    env = app.env
    metadata = getattr(env, "nb_metadata", {}) if env is not None else {}
    runs = {page: data["exec_data"] for page, data in metadata.items() if data.get("exec_data")}
    return {
        "finished": error is None,
        "error": None if error is None else f"{type(error).__name__}: {error}",
        "executed": {
            page: run["runtime"] for page, run in runs.items() if run["mtime"] >= recorder.started
        },
        "failed": {
            page: failed_cell(app, page) for page, run in runs.items() if not run["succeeded"]
        },
        "warnings": recorder.warnings,
    }


def failed_cell(app: Sphinx, page: str) -> dict[str, Any]:
    """Return the number of the cell that failed, its line and its error."""
    path = Path(app.outdir).parent / "jupyter_execute" / f"{page}.ipynb"
    notebook = json.loads(path.read_text(encoding="utf8"))
    lines = notebook["metadata"].get("source_map") or []
    number = 0
    for index, cell in enumerate(notebook["cells"]):
        number += cell["cell_type"] == "code"
        for output in cell.get("outputs", []):
            if output["output_type"] == "error":
                return {
                    "cell": number,
                    "line": lines[index] + 1 if index < len(lines) else None,
                    "error": ANSI.sub("", f"{output['ename']}: {output['evalue']}"),
                }
    return {"cell": None, "line": None, "error": "the notebook could not be executed"}


def write(path: Path, content: Any) -> None:
    """Write JSON at one stroke, so that no cut-off build leaves half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(json.dumps(content, indent=1, ensure_ascii=False), encoding="utf8")
    fresh.replace(path)


def executions(env: BuildEnvironment, page: str) -> dict[str, Any]:
    """Return what myst-nb noted of a page's last execution."""
    return getattr(env, "nb_metadata", {}).get(page, {}).get("exec_data") or {}
