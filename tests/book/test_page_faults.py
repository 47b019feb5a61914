"""Faults that fail a build: each is named, and a red build stays red."""

import demo_book
import pytest
from dlbook_site.quality import faults

BROKEN_CELL = """
```{code-cell}
from IPython.display import HTML, display
glue(num_others=3)
display(HTML("<svg viewBox='0 0 9 9'></svg>"))
```

```{exercise}
:label: ex-broken
Broken.
```

```{solution-start} ex-broken
:class: dropdown
```

```{code-cell}
wrong = {"id": "perceptron/update", "passed": False}
display({"application/vnd.dlbook.check+json": wrong, "text/plain": "no"}, raw=True)
```

```{solution-end}
```

Nine is {glue:text}`./linearity.md::num_stacks:d`.

{margin}
A margin note without its fence, beside the literal `{margin}`.
"""
BROKEN_REGISTRY = """
  - id: weights-are-importance
    wording: A weight is the importance of its input.
    chapters: [network/perceptron]
  - id: xor-winter
    wording: XOR caused the AI winter.
    chapters: [network/nowhere]
named_not_tested:"""


@pytest.fixture(scope="session")
def broken(tmp_path_factory):
    """A demo with every fault at once, built twice."""
    root = demo_book.copy(tmp_path_factory.mktemp("broken"))
    perceptron = "book/network/perceptron.md"
    demo_book.edit(root, "dlbook/claims.yml", "\nnamed_not_tested:", BROKEN_REGISTRY)
    demo_book.edit(root, "dlbook/claims.yml", "id: perceptron-xor", "id: neuron-formula")
    demo_book.edit(root, "dlbook/claims.yml", "[network/linearity]", "[network/perceptron]")
    demo_book.edit(root, perceptron, "[network/linearity]", "[network/linearity, network/no]")
    demo_book.edit(root, perceptron, "[dlbook.perceptron]", "[dlbook.nothing]")
    demo_book.edit(root, perceptron, "Nobody knows.\n```\n", f"Nobody knows.\n```\n{BROKEN_CELL}")
    demo_book.edit(root, "book/network/linearity.md", "\n)\n", "\n)\nglue(num_stacks=9)\n")
    old = "from dlbook.claims import claim"
    demo_book.edit(root, "book/network/linearity.md", old, f"{old}\nfrom dlbook.glue import glue")
    (root / "dlbook" / "lonely.py").write_text('"""Alone."""\n', encoding="utf8")
    return demo_book.build(root), demo_book.build(root)


@pytest.mark.parametrize(
    "message",
    [
        "claims-ledger.md: WARNING: claim 'weights-are-importance' has no card on",
        "claim 'xor-winter': the registry lists 'network/nowhere', which is no page of the book",
        "claim 'perceptron-xor' has a card on 'book/network/perceptron' and no entry",
        "claim 'stack-collapses' has a card on 'book/network/linearity', which the registry",
        "code-map.md: WARNING: dlbook.lonely names no chapter",
        "dlbook.perceptron names book/network/perceptron, whose front matter does not teach it",
        "book/network/perceptron teaches dlbook.nothing, which is no public module",
        "index.md: WARNING: book/network/perceptron needs 'network/no', which is no page",
        "perceptron.md: WARNING: a figure has no alt text",
        "perceptron.md: WARNING: the solution of 'perceptron/update' does not pass its check",
        "perceptron.md: WARNING: glue across pages: 'num_stacks' comes from",
        "perceptron.md: WARNING: markup stands on the page as text: '{margin}",
    ],
)
def test_each_fault_is_named_in_both_builds(broken, message):
    for built in broken:
        assert message in built.log, built.log


def test_a_red_build_stays_red_and_executes_only_what_warned(broken):
    first, second = broken
    assert (first.returncode, second.returncode) == (1, 1)
    assert second.executed == {"book/network/perceptron"}


def test_a_wrong_answer_outside_a_solution_may_be_shown():
    wrong = {"application/vnd.dlbook.check+json": {"id": "a/b", "passed": False}}
    notebook = {"cells": [{"metadata": {}, "outputs": [{"data": wrong}]}]}
    assert list(faults(notebook, set())) == []
    assert len(list(faults(notebook, {0}))) == 1


@pytest.mark.parametrize(
    ("data", "metadata", "num_faults"),
    [
        ({"image/png": "iVBOR"}, {}, 1),
        ({"image/png": "iVBOR"}, {"image/png": {"alt": "two lines cross at 3"}}, 0),
        ({"text/html": "<svg role='img' aria-label=' '>"}, {}, 1),
        ({"text/html": '<div><svg aria-label="a line"><svg></svg></svg></div>'}, {}, 0),
        ({"text/html": '<img src="data:,">'}, {}, 1),
        ({"text/html": '<img src="data:," alt="a line">'}, {}, 0),
        ({"text/html": "<table></table>"}, {}, 0),
        ({"application/vnd.dlbook.claim+json": {}, "text/html": "<svg>"}, {}, 0),
    ],
)
def test_figures_need_words(data, metadata, num_faults):
    notebook = {"cells": [{"metadata": {}, "outputs": [{"data": data, "metadata": metadata}]}]}
    assert len(list(faults(notebook, set()))) == num_faults
