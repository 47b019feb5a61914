"""Small books in temporary folders, built with the book's own build command."""

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "book" / "_tools" / "build.py"
NOTEBOOK = {
    "jupytext": {"text_representation": {"extension": ".md", "format_name": "myst"}},
    "kernelspec": {"name": "python3", "display_name": "Python 3"},
}
EXTENSIONS = [
    *(
        "myst_nb",
        "sphinx_comments",
        "jupyter_book",
        "sphinx_external_toc",
        "sphinx_book_theme",
        "sphinxcontrib.bibtex",
    ),
    *("sphinx.ext.autodoc", "dlbook_site.execution", "dlbook_site.outdated", "dlbook_site.roles"),
]
CONFIG: dict[str, Any] = {
    "title": "A small book",
    "only_build_toc_files": True,
    "exclude_patterns": ["_build", "dlbook"],
    "execute": {"execute_notebooks": "force", "timeout": 60, "stderr_output": "show"},
    "bibtex_bibfiles": ["references.bib"],
    "sphinx": {
        "recursive_update": True,
        "local_extensions": {"dlbook_site.outdated": str(ROOT / "book" / "_ext")},
        "config": {
            "extensions": EXTENSIONS,
            "nitpicky": True,
            "nb_execution_raise_on_error": False,
            "suppress_warnings": ["mystnb.unknown_mime_type"],
        },
    },
}
BIBLIOGRAPHY = """\
@book{known2000book,
  author = {Known, Ann}, title = {A Known Book}, year = {2000}, isbn = {978-0-00-000000-2},
  publisher = {House}
}
"""


@dataclass(frozen=True)
class Built:
    """What came of a build."""

    code: int
    output: str
    report: dict[str, Any]

    @property
    def executed(self) -> set[str]:
        """The pages that were executed."""
        return set(self.report["executed"])


class SmallBook:
    """A book in a folder of its own, with its pages at the top, beside a library if it has one."""

    def __init__(self, folder: Path, pages: Mapping[str, str]) -> None:
        """Write the settings and the pages, the first of which is the root."""
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.write("_config.yml", yaml.safe_dump(CONFIG))
        self.write("references.bib", BIBLIOGRAPHY)
        for name, text in pages.items():
            self.write(f"{name}.md", text)
        self.list_pages(pages)

    def list_pages(self, names: Iterable[str]) -> None:
        """Write the table of contents."""
        root, *others = names
        chapters = [{"file": name} for name in others]
        self.write(
            "_toc.yml", yaml.safe_dump({"format": "jb-article", "root": root, "sections": chapters})
        )

    def write(self, name: str, text: str) -> Path:
        """Write a file."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf8")
        return path

    def command(self) -> list[str]:
        """Return the command that builds the book."""
        return [sys.executable, str(BUILD), str(self.folder)]

    def environment(self) -> dict[str, str]:
        """Return the environment of the build; nothing of the tests' own gets in."""
        own = ("DLBOOK_", "PYTEST_", "PYTHONPATH")
        inherited = {name: v for name, v in os.environ.items() if not name.startswith(own)}
        return inherited | {"OMP_NUM_THREADS": "1"}

    def build(self) -> Built:
        """Build the book."""
        done = subprocess.run(
            self.command(),
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf8",
            timeout=300,
            check=False,
        )
        report = self.folder / "_build" / "report.json"
        read = json.loads(report.read_text(encoding="utf8")) if report.is_file() else {}
        return Built(done.returncode, done.stdout, read)

    def html(self, name: str) -> str:
        """Return a built page."""
        return (self.folder / "_build" / "html" / f"{name}.html").read_text(encoding="utf8")


def notebook(title: str, *cells: str, prose: str = "", **front: Any) -> str:
    """Return the source of a page with cells."""
    head = yaml.safe_dump(NOTEBOOK | front, sort_keys=False)
    blocks = [f"```{{code-cell}}\n{textwrap.dedent(cell).strip()}\n```" for cell in cells]
    return "\n\n".join([f"---\n{head}---\n# {title}", textwrap.dedent(prose).strip(), *blocks, ""])
