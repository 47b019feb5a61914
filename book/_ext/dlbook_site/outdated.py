"""Tell Sphinx which pages must be read, and so executed, again.

A page is outdated when its digest changed (see ``digest.py``), when its last run failed or its
executed notebook is gone, when it warned, or when a build was cut off before the page was written.
So a red build stays red until it is mended, and a change in a module runs exactly the pages that
use it.
"""

import json
import logging
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.util import logging as sphinx_logging

from dlbook_site.digest import page_digest
from dlbook_site.failures import EVERYWHERE, Recorder, executions, report, write

CUT_OFF = "cut-off"
# What Sphinx compares its settings with; that they differ makes it write every page.
OTHER_BUILD = "# Sphinx build info version 1\n# cut off\nconfig: none\ntags: none\n"


def setup(app: Sphinx) -> None:
    """Connect to the build's events."""
    app.connect("config-inited", forget_excluded, priority=900)
    app.connect("builder-inited", start, priority=0)
    app.connect("env-get-outdated", outdated)
    app.connect("env-before-read-docs", suspect_until_written)
    app.connect("build-finished", finish)


def forget_excluded(app: Sphinx, config: Config) -> None:
    """Keep the list of excluded files out of the comparison with the last build's settings.

    sphinx-external-toc lists there every file that the table of contents does not name. Without
    this, one new Markdown file anywhere would count as a new configuration, and the whole book
    would be executed again. Pages that come or go are found by Sphinx without it.
    """
    option = config._options["exclude_patterns"]
    config._options["exclude_patterns"] = type(option)(option.default, "", option.valid_types)


def start(app: Sphinx) -> None:
    """Begin to record warnings; write all pages afresh if the last build was cut off."""
    app.dlbook_recorder = Recorder(app)
    logging.getLogger(sphinx_logging.NAMESPACE).addHandler(app.dlbook_recorder)
    if CUT_OFF in _suspects(app):
        Path(app.outdir).mkdir(parents=True, exist_ok=True)
        Path(app.outdir, ".buildinfo").write_text(OTHER_BUILD, encoding="utf8")
    _leave(app, _suspects(app) | {CUT_OFF})


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
        or executions(env, name).get("succeeded") is False
        or (executions(env, name) and not _notebook(app, name).is_file())
        or suspects & {name, EVERYWHERE}
    )


def suspect_until_written(app: Sphinx, env: BuildEnvironment, names: list[str]) -> None:
    """Note the pages about to be read, for the build that follows one that is cut off."""
    _leave(app, _suspects(app) | set(names))


def finish(app: Sphinx, error: Exception | None) -> None:
    """Leave the pages that warned; after a crash, those that were being read as well."""
    recorder = app.dlbook_recorder
    logging.getLogger(sphinx_logging.NAMESPACE).removeHandler(recorder)
    before = _suspects(app) if error is not None else set()
    _leave(app, before | set(recorder.warnings))
    write(Path(app.outdir).parent / "report.json", report(app, recorder, error))


def _notebook(app: Sphinx, name: str) -> Path:
    """Return where the executed notebook of a page is kept; the ledger is made from it."""
    return Path(app.outdir).parent / "jupyter_execute" / f"{name}.ipynb"


def _note(app: Sphinx) -> Path:
    """Return the file that one build leaves for the next."""
    return Path(app.doctreedir) / "suspect-pages.json"


def _suspects(app: Sphinx) -> set[str]:
    """Return the pages that the last build left as suspect; none before the first build."""
    note = _note(app)
    return set(json.loads(note.read_text(encoding="utf8"))) if note.is_file() else set()


def _leave(app: Sphinx, suspects: set[str]) -> None:
    """Write the note for the next build."""
    write(_note(app), sorted(suspects))
