"""The tools that break chapters on purpose and that run claims on other base seeds."""

import json
import sys
from pathlib import Path

import check
import claims
import pytest
import sabotage
from bookcheck.book import Book
from bookcheck.running import claim_cells, fix_threads
from building import notebook

ROOT = Path(__file__).resolve().parents[2]
QUICK = [row for row in Book(ROOT).sabotage if row.get("quick")]
CELLS = (
    "class ClaimError(AssertionError):\n    pass\n\n\n"
    "def claim(name, measured):\n"
    "    if measured != 1:\n"
    "        raise ClaimError(f'claim {name!r}: measured {measured}, expected 1')",
    "value = 1\nother = 1",
    "claim('stack-collapses', measured=value)",
    "raise RuntimeError('behind the card')",
)
ROW = {"name": "n", "page": "page", "claim": "stack-collapses", "find": "value = 1"}
SEEDED = """
    from dlbook.claims import claim
    from dlbook.seed import seeds

    spread = [1e-9 * (1 + seed % 7) for seed in seeds(5)]
    control = [0.5 + seed % 3 for seed in seeds(5)]
    if seeds(1)[0] >= 2000:
        spread[0] = 0.7
"""
CARD = """
    claim("stack-collapses", verdict="true", quantity="share", measured=spread, control=control,
          below=1e-6, evidence=f"{len(spread)} draws")
"""
BEHIND = """
    claim("perceptron-xor", verdict="true", kind="proof", quantity="share",
          measured=[min(control) > 0], control=[min(control) < 0], evidence="checked")
"""


def small(folder: Path, *cells: str) -> Book:
    """Return a book of one page."""
    folder.joinpath("_toc.yml").write_text("root: page\n", encoding="utf8")
    folder.joinpath("page.md").write_text(notebook("Page", *cells), encoding="utf8")
    return Book(folder)


@pytest.mark.slow
@pytest.mark.parametrize("row", QUICK, ids=[row["name"] for row in QUICK])
def test_a_quick_sabotage_turns_its_card_red(row: dict[str, str]) -> None:
    assert sabotage.sabotage(Book(ROOT), row).problem == ""


def test_each_chapter_has_a_quick_sabotage(book: Book) -> None:
    pages = {book.page(row["page"]) for row in QUICK}
    assert {page.name for page in book.chapters if claim_cells(page)} == {
        page.name for page in pages if page is not None
    }


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"replace": "value = 2", "expect": "measured 2"}, ""),
        ({"replace": "value = 1.0", "expect": "measured"}, "went unnoticed"),
        ({"replace": "value = nowhere", "expect": "measured"}, "failed before the claim could"),
        ({"replace": "value = 2", "expect": "measured 3"}, "does not match"),
        ({"replace": "value = (", "expect": "measured"}, "not valid Python"),
        ({"find": "= 1", "replace": "= 2", "expect": ""}, "occurs 3 times"),
        ({"find": "behind the card", "replace": "", "expect": ""}, "occurs 0 times"),
        ({"claim": "xor", "replace": "", "expect": ""}, "no card of 'xor'"),
        ({"page": "gone", "replace": "", "expect": ""}, "gone is not a page"),
    ],
)
def test_a_sabotage_that_does_not_work_is_reported(
    tmp_path: Path, change: dict[str, str], problem: str
) -> None:
    outcome = sabotage.sabotage(small(tmp_path, *CELLS), ROW | change)
    assert problem in outcome.problem
    assert bool(outcome.problem) is bool(problem)


@pytest.mark.slow
def test_another_claim_that_turns_red_is_reported(tmp_path: Path) -> None:
    cells = (CELLS[0], CELLS[1], "claim('another', measured=value)", CELLS[2])
    outcome = sabotage.sabotage(
        small(tmp_path, *cells), ROW | {"replace": "value = 2", "expect": "measured"}
    )
    assert "another claim turned red" in outcome.problem


@pytest.mark.slow
def test_claims_run_on_other_base_seeds(tmp_path: Path) -> None:
    """A card that fails under one seed does not keep the later ones from being tried."""
    page = small(tmp_path, SEEDED, CARD, BEHIND).pages[0]
    results = [result for seed in (1, 2) for result in claims.run_page(page, seed)]
    held = {(result.claim, result.seed): result.held for result in results}
    assert held == {
        ("stack-collapses", 1): True,
        ("perceptron-xor", 1): True,
        ("stack-collapses", 2): False,
        ("perceptron-xor", 2): True,
    }
    text = claims.table(results, [1, 2])
    assert "FAILED: stack-collapses on page, base seed 2" in text
    assert "1 of 5 on the wrong side" in text
    assert "3 of 4 cards held on 2 seeds" in text
    claims.write(tmp_path / "_build" / "claims-seeds.json", results)
    rows = json.loads((tmp_path / "_build" / "claims-seeds.json").read_text(encoding="utf8"))
    assert [row["held"] for row in rows] == [True, True, False, True]


def test_a_narrow_margin_is_marked() -> None:
    wide = claims.Result("a", "book/p", 1, True, 9.0, 8.0, "true", "", "", "")
    narrow = wide._replace(claim="b", margin=1.5)
    control = wide._replace(claim="c", control_margin=0.5)
    proof = wide._replace(claim="d", margin=None, control_margin=None)
    text = claims.table([wide, narrow, control, proof], [1])
    assert "narrow: b (seed 1): held 1.5/8!" in text
    assert "narrow: c (seed 1): held 9/0.5!" in text
    assert "narrow: a" not in text and "narrow: d" not in text


@pytest.mark.parametrize("seeds", ["", "x", "1,-2", "1.5"])
def test_seeds_that_are_no_seeds_are_refused(
    seeds: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["claims.py", f"--seeds={seeds}"])
    with pytest.raises(SystemExit) as raised:
        claims.main()
    assert raised.value.code == 2
    assert "seeds are whole numbers, as in 1,2,3" in capsys.readouterr().err


def test_an_unknown_sabotage_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["sabotage.py", "nothing of the kind"])
    with pytest.raises(SystemExit) as raised:
        sabotage.main()
    assert raised.value.code == 2
    assert "no sabotage nothing of the kind" in capsys.readouterr().err


def test_the_number_of_threads_is_fixed_unless_it_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)
    assert fix_threads() == 1
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert fix_threads() == 3


GOOD, BAD = ["json.tool", "--help"], ["json.tool", "no such file"]


@pytest.mark.parametrize(
    ("steps", "build", "site", "code", "said"),
    [
        (
            {"a": GOOD, "b": GOOD},
            "print('built')",
            GOOD,
            0,
            ["ok a", "ok b", "ok build", "ok site"],
        ),
        ({"a": BAD, "b": GOOD}, "", GOOD, 1, ["FAILED a", "ok b", "ok build", "ok site"]),
        ({"a": GOOD}, "raise SystemExit(1)", GOOD, 1, ["ok a", "FAILED build", "not run site"]),
        ({"a": GOOD}, "", BAD, 1, ["ok a", "ok build", "FAILED site"]),
    ],
)
def test_check_runs_every_step_and_reports_each(
    steps: dict[str, list[str]],
    build: str,
    site: list[str],
    code: int,
    said: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(check, "STEPS", steps)
    monkeypatch.setattr(check, "BUILD", [sys.executable, "-c", build])
    monkeypatch.setattr(check, "SITE", site)
    assert check.main() == code
    lines = capfd.readouterr().out.splitlines()[-len(said) - 1 :]
    assert [" ".join(line.split()[:-2]) for line in lines[:-1]] == said
    assert ("everything holds" in lines[-1]) is (code == 0)
