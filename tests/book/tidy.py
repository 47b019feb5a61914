"""A small book that keeps every rule, for tests that break one of them."""

import json
from pathlib import Path
from typing import Any

import nbformat
from bookcheck.book import Book

FRONT = """\
---
jupytext: {text_representation: {extension: .md, format_name: myst}}
kernelspec: {name: python3, display_name: Python 3}
description: %s
"""
INDEX = (
    FRONT % "A small book that keeps every rule of the large one."
    + "---\n# A small book\n\nWords.\n"
)
CHAPTER = (
    FRONT % "What a threshold does to the numbers that it is given."
    + """\
teaches: [dlbook.threshold]
needs: []
---
(ch-threshold)=
# The threshold

:::{admonition} In this chapter
:class: in-this-chapter
- What is a threshold?
- Whom does it serve?
:::

As {cite:t}`known2000book` says, {fact}`12.5 % <known2000book>` of all are zero, in Python ≥ 3.11:

$$
y = \\max(0, x) = 0.5\\,(x + |x|)
$$ (eq-threshold)

```{code-cell}
import numpy as np

from dlbook.claims import claim
from dlbook.glue import glue
from dlbook.threshold import threshold

rng = np.random.default_rng(0)
kept = [threshold(rng.normal(size=10)).mean() for _ in range(5)]
cut = [threshold(-np.abs(rng.normal(size=10))).mean() for _ in range(5)]
glue(kept_mean=np.mean(kept))
```

On average {glue:text}`kept_mean:.2f` is kept; the 95 % interval is not shown.

```{code-cell}
claim(
    "threshold-keeps",
    verdict="true",
    quantity="what is kept",
    measured=kept,
    control=cut,
    above=0.05,
    evidence=f"{len(kept)} draws; {np.mean(kept):.2f} is kept on average",
)
```

```{code-cell}
---
mystnb:
  figure:
    name: fig-threshold
    caption: What the threshold keeps of five draws.
---
from dlbook.plotting.curves import lines

lines(range(5), {"kept": kept})
```

## Summary

1. A threshold cuts.
2. It keeps what is above.
3. It serves everyone.
4. It is not linear.
5. It has a kink.

## Exercises
"""
    + "\n".join(
        f"""
```{{exercise-start}} Number {number}
:label: ex-{number}
```
Do it.

```{{your-turn}}
check("threshold/{number}", ...)
```
```{{exercise-end}}
```

```{{solution-start}} ex-{number}
:class: dropdown
```
```{{code-cell}}
from dlbook.exercises import check

check("threshold/{number}", threshold)
```
```{{solution-end}}
```
"""
        for number in range(1, 6)
    )
    + """
## Further reading

- {cite:t}`known2000book`: a book.
"""
)
FILES = {
    "_toc.yml": (
        "format: jb-book\nroot: book/index\nparts:\n- caption: Part\n  numbered: true\n"
        "  chapters:\n  - file: book/part/threshold\n"
    ),
    "book/index.md": INDEX,
    "book/part/threshold.md": CHAPTER,
    "book/references.bib": (
        "@book{known2000book, author={Known, Ann}, title={A Known Book}, year={2000}, "
        "publisher={House}, isbn={978-0-00-000000-2}}\n"
    ),
    "dlbook/__init__.py": "",
    "dlbook/threshold.py": '"""Cut.\n\nChapter: book/part/threshold.md\n"""\n',
    "dlbook/claims.yml": (
        "claims:\n- id: threshold-keeps\n  wording: A threshold keeps.\n"
        "  chapters: [part/threshold]\n  sources: {known2000book: Known (2000)}\n"
    ),
    "tests/test_threshold.py": (
        'import pytest\n\n\n@pytest.mark.eq("eq-threshold")\ndef test_it():\n    pass\n'
    ),
    "tests/book/sabotage.yml": (
        "sabotage:\n- name: nothing is cut\n  page: part/threshold\n  claim: threshold-keeps\n"
        '  find: "threshold(-np.abs"\n  replace: "threshold(np.abs"\n  expect: control\n'
    ),
}
ALT = "Five draws on the horizontal axis; what is kept lies between 0.3 and 0.5 everywhere."
CLAIM = "application/vnd.dlbook.claim+json"
CHECK = "application/vnd.dlbook.check+json"


def tidy_book(folder: Path) -> Book:
    """Write the book, as if it had been built, and return it."""
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf8")
    book = Book(folder)
    write_outputs(book, outputs(book))
    return book


def edit(book: Book, name: str, old: str, new: str) -> Book:
    """Replace a text that a file has exactly once, and return the book read anew."""
    path = book.root / name
    text = path.read_text(encoding="utf8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {name}"
    path.write_text(text.replace(old, new), encoding="utf8")
    return Book(book.root)


def outputs(book: Book) -> list[list[Any]]:
    """Return the outputs that each cell of the chapter would have."""
    figure = f'<div class="dl-figure"><svg role="img" aria-label="{ALT}"><path/></svg></div>'
    card = {"id": "threshold-keeps", "margin": 3.0}
    icon = '<section><svg aria-hidden="true"><path/></svg></section>'
    return [
        [],
        [shown({CLAIM: card, "text/html": icon})],
        [shown({"text/html": figure, "text/plain": ALT})],
        *([shown({CHECK: {"id": f"threshold/{n}", "passed": True}})] for n in range(1, 6)),
    ]


def shown(data: dict[str, Any], metadata: dict[str, Any] | None = None) -> Any:
    """Return a displayed output."""
    return nbformat.v4.new_output("display_data", data=data, metadata=metadata or {})


def write_outputs(book: Book, of_cells: list[list[Any]]) -> None:
    """Write the executed notebook of the chapter."""
    page = book.chapters[0]
    cells = [
        nbformat.v4.new_code_cell(cell.code, metadata=cell.options, outputs=found)
        for cell, found in zip(page.cells, of_cells, strict=True)
    ]
    path = book.root / "_build" / "jupyter_execute" / f"{page.name}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(nbformat.v4.new_notebook(cells=cells)), encoding="utf8")
