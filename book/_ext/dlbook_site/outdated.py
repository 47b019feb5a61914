"""Tell Sphinx which pages must be read, and so executed, again.

A page is outdated when its digest changed (see ``digest.py``), when its last execution failed, when
it warned, or when a build was cut off before the page was written. So a red build stays red until
it is mended, and a change in a module runs exactly the pages that use it.
"""

import json
import logging
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging as sphinx_logging

from dlbook_site.digest import page_digest

EVERYWHERE = "*"  # the place of a warning that names no page: every page is suspect


class WarningRecorder(logging.Handler):
    """Remember which pages warned in this build."""

    def __init__(self, app: Sphinx) -> None:
        """Listen to the build of ``app``."""
        super().__init__(logging.WARNING)
        self.app = app
        self.suspects: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        """Note the page of a warning, unless the configuration suppresses it."""
        kinds = (getattr(record, "type", ""), getattr(record, "subtype", ""))
        suppressed = self.app.config.suppress_warnings
        if not sphinx_logging.is_suppressed_warning(*kinds, suppressed):
            self.suspects |= self._pages(getattr(record, "location", None))

    def _pages(self, location: Any) -> set[str]:
        """Return the pages that a warning's location stands for."""
        env = self.app.env
        if isinstance(location, tuple) and location and location[0]:
            return {str(location[0])}
        source = location if isinstance(location, str) else getattr(location, "source", None)
        if not source or env is None:
            return {EVERYWHERE}
        file, in_docstring, _ = str(source).partition(":docstring of")
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


def setup(app: Sphinx) -> None:
    """Connect to the build's events."""
    app.connect("builder-inited", start)
    app.connect("env-get-outdated", outdated)
    app.connect("env-before-read-docs", suspect_until_written)
    app.connect("build-finished", finish)


def start(app: Sphinx) -> None:
    """Begin to record warnings."""
    app.dlbook_recorder = WarningRecorder(app)
    logging.getLogger(sphinx_logging.NAMESPACE).addHandler(app.dlbook_recorder)


def outdated(
    app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]
) -> list[str]:
    """Return the pages to be read again, beyond those whose source changed."""
    known = getattr(env, "dlbook_digests", {})
    suspects = _suspects(app)
    env.dlbook_digests = {
        name: page_digest(Path(env.doc2path(name)), Path(app.srcdir)) for name in env.found_docs
    }
    return sorted(
        name
        for name, digest in env.dlbook_digests.items()
        if known.get(name) != digest
        or _execution(env, name).get("succeeded") is False
        or suspects & {name, EVERYWHERE}
    )


def suspect_until_written(app: Sphinx, env: BuildEnvironment, names: list[str]) -> None:
    """Note the pages about to be read, for the build that follows one that is cut off."""
    _leave(app, _suspects(app) | set(names))


def finish(app: Sphinx, error: Exception | None) -> None:
    """Leave the pages that warned; after a crash, those that were being read as well."""
    logging.getLogger(sphinx_logging.NAMESPACE).removeHandler(app.dlbook_recorder)
    before = _suspects(app) if error is not None else set()
    _leave(app, before | app.dlbook_recorder.suspects)


def _execution(env: BuildEnvironment, name: str) -> dict[str, Any]:
    """Return what myst-nb noted of a page's last execution."""
    return getattr(env, "nb_metadata", {}).get(name, {}).get("exec_data") or {}


def _note(app: Sphinx) -> Path:
    """Return the file that one build leaves for the next."""
    return Path(app.doctreedir) / "suspect-pages.json"


def _suspects(app: Sphinx) -> set[str]:
    """Return the pages that the last build left as suspect; none before the first build."""
    note = _note(app)
    return set(json.loads(note.read_text(encoding="utf8"))) if note.is_file() else set()


def _leave(app: Sphinx, suspects: set[str]) -> None:
    """Write the note at one stroke, so that no cut-off build leaves half of it."""
    note = _note(app)
    note.parent.mkdir(parents=True, exist_ok=True)
    fresh = note.with_suffix(".new")
    fresh.write_text(json.dumps(sorted(suspects)), encoding="utf8")
    fresh.replace(note)
