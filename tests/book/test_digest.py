"""What a page's digest depends on, and what it does not."""

import textwrap
from pathlib import Path

import pytest
from dlbook_site.cells import cells
from dlbook_site.digest import page_claims, page_digest, page_imports, page_modules

LIBRARY = {
    "dlbook/__init__.py": '__version__ = "1"\n',
    "dlbook/stats.py": "import math\nfrom dlbook.seed import seeds\n",
    "dlbook/seed.py": "def seeds():\n    return 0\n",
    "dlbook/lazy.py": "def f():\n    from dlbook.seed import seeds\n    return seeds()\n",
    "dlbook/typed.py": (
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from dlbook.stats import x\n"
    ),
    "dlbook/loaded.py": 'import importlib\nm = importlib.import_module("dlbook.seed")\n',
    "dlbook/plotting/__init__.py": (
        "from dlbook.plotting.curves import lines\nfrom .fields import field\n__all__ = ['lines']\n"
    ),
    "dlbook/plotting/curves.py": "from dlbook.plotting import style\n\ndef lines():\n    pass\n",
    "dlbook/plotting/fields.py": "from . import style\n\ndef field():\n    pass\n",
    "dlbook/plotting/style.py": "def figure():\n    pass\n",
    "dlbook/data/__init__.py": "from dlbook.data.bundled import *\n",
    "dlbook/data/bundled.py": 'NAME = "words.txt"\nKIND = f"{NAME}.csv"\n',
    "dlbook/data/words.txt": "a b c",
    "dlbook/data/other.txt": "unused",
    "dlbook/data/tables/one.csv": "1,2",
    "dlbook/exercises/__init__.py": "from dlbook.exercises.checker import check\n",
    "dlbook/exercises/checker.py": "def check(id, answer):\n    pass\n",
    "dlbook/exercises/perceptron.py": "CASES = []\n",
    "dlbook/exercises/classical_ml.py": "CASES = []\n",
    "dlbook/claims.py": 'FILE = "claims.yml"\n',
    "dlbook/cli/__init__.py": "from dlbook.cli.main import main\n",
    "dlbook/cli/main.py": "def main():\n    from dlbook.data import bundled\n",
    "dlbook/claims.yml": "claims:\n- {id: one, wording: A, chapters: [a]}\n"
    "- {id: two, wording: B, chapters: [a]}\n",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a folder with a small library."""
    for name, text in LIBRARY.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf8")
    return tmp_path


def write(root: Path, code: str, prose: str = "") -> Path:
    """Write a page with one cell and return its path."""
    page = root / "book" / "page.md"
    page.parent.mkdir(exist_ok=True)
    code = textwrap.dedent(code).strip()
    page.write_text(f"# A page\n\n{prose}\n\n```{{code-cell}}\n{code}\n```\n", encoding="utf8")
    return page


def used(root: Path, code: str) -> set[str]:
    """Return the library's files that a cell uses."""
    paths = page_modules(write(root, code), root)
    return {path.relative_to(root / "dlbook").as_posix() for path in paths}


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("from dlbook.stats import x", {"stats.py", "seed.py"}),
        ("from dlbook import stats", {"stats.py", "seed.py"}),
        ("import dlbook.stats as s", {"stats.py", "seed.py"}),
        ("from dlbook import __version__", {"__init__.py"}),
        ("from dlbook.lazy import f", {"lazy.py", "seed.py"}),
        ("from dlbook.typed import f", {"typed.py"}),
        ("from dlbook.loaded import m", {"loaded.py", "seed.py"}),
        ("def f():\n    from dlbook.seed import seeds", {"seed.py"}),
        (
            "if True:\n    try:\n        from dlbook.seed import seeds\n    finally:\n        pass",
            {"seed.py"},
        ),
        ("%matplotlib inline\nfrom dlbook.seed import seeds", {"seed.py"}),
        ("import importlib\nimportlib.import_module('dlbook.seed')", {"seed.py"}),
        ("import torch", set()),
    ],
)
def test_direct_and_indirect_imports(root: Path, code: str, expected: set[str]) -> None:
    assert used(root, code) == expected


def test_a_name_leads_through_the_reexport_to_its_own_module_only(root: Path) -> None:
    code = "from dlbook.plotting import lines"
    expected = {"plotting/__init__.py", "plotting/curves.py", "plotting/style.py"}
    assert used(root, code) == expected


def test_a_relative_reexport_is_followed(root: Path) -> None:
    code = "from dlbook.plotting import field"
    expected = {"plotting/__init__.py", "plotting/fields.py", "plotting/style.py"}
    assert used(root, code) == expected


def test_a_package_as_a_whole_leads_to_all_that_it_reexports(root: Path) -> None:
    expected = {"__init__.py", "curves.py", "fields.py", "style.py"}
    assert used(root, "from dlbook import plotting\nplotting.lines()") == {
        f"plotting/{name}" for name in expected
    }


def test_data_files_count_where_they_are_named(root: Path) -> None:
    expected = {"data/bundled.py", "data/words.txt", "data/tables/one.csv"}
    assert used(root, "from dlbook.data import bundled") == expected
    assert used(root, "from dlbook.data import NAME") == expected | {"data/__init__.py"}


def test_checked_exercises_bring_their_hidden_cases(root: Path) -> None:
    code = "from dlbook.exercises import check\ncheck('perceptron/update', f)"
    expected = {"exercises/__init__.py", "exercises/checker.py", "exercises/perceptron.py"}
    assert used(root, code) == expected
    dashed = "check('classical-ml/split', f)"
    assert used(root, dashed) == {"exercises/classical_ml.py"}
    assert used(root, "check(f'perceptron/{name}', f)") == {"exercises/perceptron.py"}
    assert "exercises/classical_ml.py" in used(root, "check(name, f)")


def test_a_command_uses_the_command_line(root: Path) -> None:
    for code in ("!dlbook list", "import subprocess\nsubprocess.run(['dlbook', 'list'])"):
        assert {"cli/main.py", "data/bundled.py"} <= used(root, code)


def test_code_that_is_only_shown_is_not_used(root: Path) -> None:
    page = root / "page.md"
    shown = "```python\nfrom dlbook.seed import seeds\n```"
    nested = "````markdown\n```{code-cell}\nfrom dlbook.seed import seeds\n```\n````"
    colons = ":::{your-turn}\nfrom dlbook.seed import seeds\n:::"
    page.write_text(f"{shown}\n\n{nested}\n\n{colons}\n", encoding="utf8")
    assert page_modules(page, root) == []


def test_cells_are_read_as_the_build_reads_them() -> None:
    """The options are no code, and the lines are those of the file."""
    from myst_nb.core.read import read_myst_markdown_notebook

    text = textwrap.dedent(
        """\
        # Title

        ```{code-cell}
        :tags: [hide-input, remove-cell]

        a = 1
        ```

        ~~~{code-cell} ipython3
        ---
        mystnb:
          figure: {name: fig-a}
        tags: [hide-input]
        ---
        b = 2
        print("```")
        ~~~

        ````{admonition} nested
        ```{code-cell}
        c = 3
        ```
        ````

        ```{code-cell}
        d = 4
        ```
        """
    )
    found = cells(text)
    theirs = [c for c in read_myst_markdown_notebook(text)["cells"] if c["cell_type"] == "code"]
    assert [c.code for c in found] == [c["source"] for c in theirs]
    assert [c.options for c in found] == [dict(c["metadata"]) for c in theirs]
    lines = text.splitlines()
    assert [lines[c.line - 1] for c in found] == ["a = 1", "b = 2", "d = 4"]


@pytest.mark.parametrize(
    ("change", "moves"),
    [
        ({"dlbook/seed.py": "def seeds():\n    return 1\n"}, True),
        ({"dlbook/stats.py": "x = 1\n"}, True),
        ({"dlbook/lazy.py": "x = 1\n"}, False),
        ({"dlbook/__init__.py": '__version__ = "2"\n'}, False),
        (
            {"dlbook/claims.yml": LIBRARY["dlbook/claims.yml"].replace("wording: A", "wording: C")},
            True,
        ),
        (
            {"dlbook/claims.yml": LIBRARY["dlbook/claims.yml"].replace("wording: B", "wording: C")},
            False,
        ),
        ({"book/notes.txt": "changed"}, True),
        ({"book/absent.txt": "appeared"}, True),
        ({"book/unnamed.txt": "changed"}, False),
    ],
)
def test_the_digest_moves_with_what_is_used(
    root: Path, change: dict[str, str], moves: bool
) -> None:
    page = write(
        root,
        """
        from dlbook.stats import x
        from dlbook.claims import claim
        claim("one", measured=x)
        open("notes.txt"), "absent.txt"
        """,
    )
    (root / "book" / "notes.txt").write_text("notes", encoding="utf8")
    (root / "book" / "unnamed.txt").write_text("notes", encoding="utf8")
    before = page_digest(page, root)
    assert page_digest(page, root) == before
    for name, text in change.items():
        (root / name).write_text(text, encoding="utf8")
    assert (page_digest(page, root) != before) is moves


def test_a_module_that_vanishes_moves_the_digest(root: Path) -> None:
    page = write(root, "from dlbook.seed import seeds")
    before = page_digest(page, root)
    (root / "dlbook/seed.py").unlink()
    assert page_digest(page, root) != before


@pytest.mark.parametrize("name", ["DLBOOK_SEED", "DLBOOK_DEVICE", "OMP_NUM_THREADS"])
def test_the_digest_moves_with_the_settings(
    root: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = write(root, "x = 1")
    words = root / "words.md"
    words.write_text("# Only words\n", encoding="utf8")
    before, before_words = page_digest(page, root), page_digest(words, root)
    monkeypatch.setenv(name, "7")
    assert page_digest(page, root) != before
    assert page_digest(words, root) == before_words


def test_the_digest_moves_with_torch(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = write(root, "x = 1")
    before = page_digest(page, root)
    monkeypatch.setattr("dlbook_site.digest.version", lambda name: "99")
    assert page_digest(page, root) != before


def test_the_digest_moves_with_the_page(root: Path) -> None:
    before = page_digest(write(root, "x = 1", "one"), root)
    assert page_digest(write(root, "x = 1", "two"), root) != before


def test_claims_that_are_not_plain_texts_stand_for_the_whole_registry(root: Path) -> None:
    page = write(root, "for name in names:\n    claim(name)")
    assert page_claims(page) is None
    before = page_digest(page, root)
    registry = root / "dlbook/claims.yml"
    registry.write_text(registry.read_text(encoding="utf8").replace("wording: B", "wording: C"))
    assert page_digest(page, root) != before


def test_named_modules_are_those_that_the_cells_name(root: Path) -> None:
    page = write(root, "from dlbook.plotting import lines\nfrom dlbook.stats import x")
    assert {"dlbook.plotting.curves", "dlbook.stats"} <= page_imports(page, root)
    assert "dlbook.seed" not in page_imports(page, root)
