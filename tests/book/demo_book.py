"""A small book for tests: copied into a folder of its own, edited, and built as the real one is."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
EXTENSIONS = HERE.parents[1] / "book" / "_ext"
JUPYTER_BOOK = "import sys; from jupyter_book.cli.main import main; sys.argv[0] = 'jb'; main()"
FORGE = ("GITHUB_REPOSITORY", "GITHUB_SERVER_URL", "GITHUB_SHA", "GITHUB_REF_NAME")
FORGE += ("GITHUB_REF_TYPE", "DLBOOK_SITE_BRANCH", "DLBOOK_SEED", "DLBOOK_DEVICE")


@dataclass
class Built:
    """A built book: where it is, how the build ended and what it said."""

    root: Path
    returncode: int
    log: str
    executed: set[str] = field(init=False)
    pages: dict[str, str] = field(init=False)  # each page's article, as this build left it

    def __post_init__(self) -> None:
        """Read what the build left, because a later one may write over it."""
        report = json.loads((self.root / "_build" / "report.json").read_text(encoding="utf8"))
        self.executed = set(report["executed"])
        top = self.root / "_build" / "html" / "book"
        self.pages = {
            path.relative_to(top).with_suffix("").as_posix(): article(path)
            for path in top.rglob("*.html")
        }

    def warned(self, words: str) -> bool:
        """Tell whether a warning holds these words."""
        return any("WARNING" in line and words in line for line in self.log.splitlines())

    def notebook(self, page: str) -> dict[str, Any]:
        """Return the notebook of a page that readers download."""
        path = self.root / "_build" / "html" / "_downloads" / "notebooks" / f"{page}.ipynb"
        return json.loads(path.read_text(encoding="utf8"))


def article(path: Path) -> str:
    """Return what a page says between its navigation bars."""
    text = path.read_text(encoding="utf8")
    return text[text.index("<article") : text.index("</article>")]


def copy(folder: Path) -> Path:
    """Copy the demo's sources into a folder."""
    root = folder / "demo"
    shutil.copytree(HERE / "demo", root, ignore=shutil.ignore_patterns("_build", "__pycache__"))
    edit(root, "_config.yml", "EXTENSIONS", str(EXTENSIONS))
    (root / "tests").mkdir()
    (root / "tests" / "test_perceptron.py").touch()
    return root


def edit(root: Path, file: str, old: str, new: str) -> None:
    """Replace a text that the file has exactly once."""
    path = root / file
    text = path.read_text(encoding="utf8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
    path.write_text(text.replace(old, new), encoding="utf8")


def build(root: Path, **environment: str) -> Built:
    """Build a book as ``make book`` does, warnings being errors."""
    clean = {name: value for name, value in os.environ.items() if name not in FORGE}
    done = subprocess.run(
        [sys.executable, "-c", JUPYTER_BOOK, "build", str(root), "-W", "-n", "--keep-going"],
        env={**clean, "OMP_NUM_THREADS": "1", **environment},
        capture_output=True,
        text=True,
        encoding="utf8",
        check=False,
    )
    return Built(root, done.returncode, done.stdout + done.stderr)


def records(built: Built) -> list[dict[str, Any]]:
    """Return what the build noted of each page."""
    path = built.root / "_build" / "book.json"
    return json.loads(path.read_text(encoding="utf8"))["pages"]


def git_commit(root: Path, message: str) -> str:
    """Commit everything in a repository of the book's own, and return the commit's short name."""
    identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgsign=0"]
    commands = [["init", "-q"], ["add", "-A"], ["commit", "-q", "--allow-empty", "-m", message]]
    for arguments in (*commands, ["rev-parse", "--short", "HEAD"]):
        command = ["git", "-C", str(root), *identity, *arguments]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    return done.stdout.strip()
