"""How warnings find their pages, and what one build leaves for the next."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from dlbook_site import outdated
from dlbook_site.failures import EVERYWHERE, Recorder
from docutils import nodes


class Env(SimpleNamespace):
    """As much of Sphinx's environment as the recorder asks for."""

    def doc2path(self, name: str) -> str:
        return f"{self.srcdir}/{name}.md"

    def path2doc(self, path: str) -> str | None:
        relative = Path(path).relative_to(self.srcdir) if Path(path).is_absolute() else Path(path)
        return relative.with_suffix("").as_posix() if relative.suffix == ".md" else None


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Any]:
    """Return as much of Sphinx's application as is asked for."""
    (tmp_path / "part").mkdir()
    for name in ("index", "part/page"):
        (tmp_path / f"{name}.md").write_text("# Title\n", encoding="utf8")
    env = Env(
        srcdir=str(tmp_path),
        found_docs={"index", "part/page"},
        dependencies={"index": {"dlbook/x.py"}},
        nb_metadata={},
    )
    yield SimpleNamespace(
        env=env,
        srcdir=tmp_path,
        outdir=tmp_path / "_build" / "html",
        doctreedir=tmp_path / "_build" / ".doctrees",
        config=SimpleNamespace(suppress_warnings=["mystnb.unknown_mime_type"]),
    )
    logger = logging.getLogger("sphinx")
    logger.handlers = [one for one in logger.handlers if not isinstance(one, Recorder)]


def warn(app: Any, location: Any, **more: Any) -> dict[str, list[str]]:
    """Return what the recorder notes of one warning."""
    recorder = Recorder(app)
    record = logging.LogRecord(
        "sphinx.x", logging.WARNING, "", 0, "\x1b[91mwrong %s\x1b[0m", ("x",), None
    )
    for name, value in (more | {"location": location}).items():
        setattr(record, name, value)
    recorder.emit(record)
    return recorder.warnings


def node(source: str, line: int | None) -> nodes.Node:
    """Return a node from a place in a file."""
    found = nodes.paragraph()
    found.source, found.line = source, line
    return found


def test_each_form_of_location_leads_to_its_page(app: Any) -> None:
    file = f"{app.srcdir}/part/page.md"
    said = {"part/page": ["part/page.md:7: wrong x"]}
    assert warn(app, ("part/page", 7)) == said
    assert warn(app, f"{file}:7") == said
    assert warn(app, node(file, 7)) == said
    assert warn(app, "part/page") == {"part/page": ["part/page.md: wrong x"]}
    assert warn(app, ("part/page", None)) == {"part/page": ["part/page.md: wrong x"]}
    assert warn(app, f"{file}") == {"part/page": ["part/page.md: wrong x"]}


def test_a_docstring_leads_to_the_pages_that_show_it(app: Any) -> None:
    location = f"{app.srcdir}/dlbook/x.py:docstring of dlbook.x.f:3"
    assert warn(app, location) == {"index": ["dlbook/x.py:docstring of dlbook.x.f:3: wrong x"]}
    assert set(warn(app, f"{app.srcdir}/dlbook/y.py:docstring of dlbook.y.f:3")) == {EVERYWHERE}


@pytest.mark.parametrize("location", [None, "", (None, None), ("", 3)])
def test_a_warning_without_a_place_concerns_every_page(app: Any, location: Any) -> None:
    assert warn(app, location) == {EVERYWHERE: ["wrong x"]}


def test_suppressed_warnings_are_not_noted(app: Any) -> None:
    assert warn(app, "part/page", type="mystnb", subtype="unknown_mime_type") == {}
    assert warn(app, "part/page", type="mystnb", subtype="exec") != {}


def rounds(app: Any) -> list[str]:
    """Return the pages that the next build reads, with nothing changed since the last."""
    app.env.dlbook_digests = {
        name: outdated.page_digest(Path(app.env.doc2path(name)), Path(app.srcdir))
        for name in app.env.found_docs
    }
    return outdated.outdated(app, app.env, set(), set(), set())


def test_pages_that_were_being_read_are_read_again(app: Any) -> None:
    """The environment may have been saved before the build was cut off."""
    outdated.start(app)
    assert rounds(app) == []
    outdated.suspect_until_written(app, app.env, ["part/page"])
    assert rounds(app) == ["part/page"]
    outdated.finish(app, None)
    assert rounds(app) == []


def test_pages_that_warned_are_read_again(app: Any) -> None:
    outdated.start(app)
    app.dlbook_recorder.warnings = {"index": ["wrong"]}
    outdated.finish(app, None)
    assert rounds(app) == ["index"]


def test_a_warning_without_a_place_has_every_page_read_again(app: Any) -> None:
    outdated.start(app)
    app.dlbook_recorder.warnings = {EVERYWHERE: ["wrong"]}
    outdated.finish(app, None)
    assert rounds(app) == ["index", "part/page"]


def test_after_a_crash_nothing_is_forgotten(app: Any) -> None:
    outdated.start(app)
    outdated.suspect_until_written(app, app.env, ["index"])
    app.dlbook_recorder.warnings = {"part/page": ["wrong"]}
    outdated.finish(app, RuntimeError("crash"))
    assert rounds(app) == ["index", "part/page"]
    report = json.loads((app.outdir.parent / "report.json").read_text(encoding="utf8"))
    assert report["finished"] is False
    assert report["error"] == "RuntimeError: crash"


def test_a_page_that_failed_is_read_again(app: Any) -> None:
    app.env.nb_metadata = {"index": {"exec_data": {"succeeded": False, "mtime": 0.0}}}
    assert rounds(app) == ["index"]


def test_a_page_whose_executed_notebook_is_gone_is_read_again(app: Any) -> None:
    app.env.nb_metadata = {"index": {"exec_data": {"succeeded": True, "mtime": 0.0}}}
    assert rounds(app) == ["index"]
    notebook = app.outdir.parent / "jupyter_execute" / "index.ipynb"
    notebook.parent.mkdir(parents=True)
    notebook.write_text("{}", encoding="utf8")
    assert rounds(app) == []


def test_a_build_that_was_cut_off_makes_the_next_one_write_every_page(app: Any) -> None:
    outdated.start(app)
    info = Path(app.outdir, ".buildinfo")
    assert not info.exists()
    outdated.start(app)
    assert "cut off" in info.read_text(encoding="utf8")
