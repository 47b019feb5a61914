"""Each executed page as a notebook to download, and what Binder needs to open it."""

from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from dlbook_site.convert import converted, text
from dlbook_site.executed import record, write
from dlbook_site.repository import NOTEBOOKS, Repository, commit, repository

# PyTorch's own index of builds for the CPU: Binder has no GPU and no room for the CUDA build.
CPU_TORCH = "https://download.pytorch.org/whl/cpu"


def setup(app: Sphinx) -> None:
    """Write each notebook with its page, before the header box that links to it."""
    app.connect("html-page-context", write_notebook, priority=400)
    app.connect("build-finished", write_binder)


def notebook_path(name: str) -> str:
    """Return where a page's notebook lies below ``_downloads/notebooks``."""
    return f"{name.removeprefix('book/')}.ipynb"


def write_notebook(
    app: Sphinx, name: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Write a page's notebook; a page that was not executed to its end has none."""
    if doctree is None or app.builder.format != "html":
        return
    path = Path(app.outdir, NOTEBOOKS, notebook_path(name))
    if record(app, name).succeeded:
        home = repository(Path(app.srcdir))
        write(path, text(converted(app, name, doctree, home, edition(Path(app.srcdir)))))
        context["notebook"] = f"{NOTEBOOKS}/{notebook_path(name)}"
    else:
        path.unlink(missing_ok=True)


def edition(root: Path) -> str:
    """Return version and commit: the commit at which this page was built.

    A page that a later build did not write again keeps the commit that it shows, and rightly so.
    """
    from dlbook import __version__

    at = commit(root)
    return f"version {__version__}" + (f", commit {at}" if at else "")


def write_binder(app: Sphinx, error: Exception | None) -> None:
    """Say at the top of the site what Binder must install, where Binder can open the site."""
    home = repository(Path(app.srcdir))
    if error is None and app.builder.format == "html" and home and home.binder_url(""):
        write(Path(app.outdir, "binder", "requirements.txt"), requirements(home))
        write(Path(app.outdir, "binder", "runtime.txt"), "python-3.11\n")


def requirements(home: Repository) -> str:
    """Return what Binder installs."""
    return f"--extra-index-url {CPU_TORCH}\ndlbook @ git+{home.url}\njupyterlab\n"
