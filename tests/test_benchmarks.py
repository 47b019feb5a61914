"""The benchmarks: what is quoted is a ratio of two times of one round."""

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

import benchmarks._timing as timing
from benchmarks.__main__ import main, parts
from benchmarks._report import markdown, record
from benchmarks._timing import Case, Ratio, Result, measure

ROOT = Path(__file__).resolve().parents[1]
RECORDED = ROOT / "benchmarks" / "recorded.json"


class Clock:
    """A clock that steps advance by hand; each of its rounds is slower than the one before."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slowness = 1.0

    def step(self, seconds: float) -> None:
        """Let one step pass; the machine gets slower all the time."""
        self.now += seconds * self.slowness
        self.slowness *= 1.0001

    def perf_counter(self) -> float:
        """Tell the time."""
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(timing, "time", found)
    return found


def result(median: float, **bounds: dict[str, float]) -> Result:
    ratios = {"torch": Ratio(median - 0.1, median, median + 0.1)}
    bounds = {"at_most": {}, "at_least": {}, **bounds}
    return Result("a step", 2, {"ours": 10.0 * median, "torch": 10.0}, ratios, **bounds)


def test_a_ratio_survives_a_machine_that_gets_slower(clock: Clock) -> None:
    case = Case("x", lambda: clock.step(0.01), {"torch": lambda: clock.step(0.02)})
    ratio = measure(case, rounds=20).ratios["torch"]
    assert ratio.low <= ratio.median <= ratio.high
    assert ratio.median == pytest.approx(0.5, rel=0.01)


def test_a_short_step_is_repeated_until_its_block_can_be_timed(clock: Clock) -> None:
    calls = []
    case = Case("x", lambda: (calls.append(1), clock.step(0.001)), {})
    measure(case, rounds=1)
    assert len(calls) == 3 + 3 + 19  # warm-up, three trials, one block of just under 20 ms


def test_every_contestant_gets_the_threads_of_the_case_and_the_setting_comes_back() -> None:
    before = torch.get_num_threads()
    seen = []
    case = Case("x", lambda: seen.append(torch.get_num_threads()), {}, threads=2)
    measure(case, rounds=1)
    assert set(seen) == {2}
    assert torch.get_num_threads() == before


def test_the_setting_comes_back_after_an_error_too() -> None:
    before = torch.get_num_threads()

    def fails() -> None:
        raise OSError("broken")

    with pytest.raises(OSError, match="broken"):
        measure(Case("x", fails, {}, threads=before + 1), rounds=1)
    assert torch.get_num_threads() == before


@pytest.mark.parametrize(
    ("median", "bounds", "held"),
    [
        (0.8, {"at_most": {"torch": 0.85}}, True),
        (0.9, {"at_most": {"torch": 0.85}}, False),
        (0.19, {"at_least": {"torch": 5.0}}, True),
        (0.21, {"at_least": {"torch": 5.0}}, False),
        (7.0, {}, None),
    ],
)
def test_a_bound_is_on_the_median(median: float, bounds: Any, held: bool | None) -> None:
    assert result(median, **bounds).held("torch") is held


def test_the_table_has_a_row_for_each_peer_and_names_what_was_missed() -> None:
    table = markdown([result(0.8, at_most={"torch": 0.85}), result(3.0, at_most={"torch": 2.5})])
    rows = table.splitlines()
    assert len(rows) == 4
    assert rows[2] == ("| a step | 2 | torch | 0.80 (0.70–0.90) | 8 | 10 | ≤ 0.85 held |")
    assert rows[3].endswith("| ≤ 2.5 **missed** |")


def test_what_is_recorded_can_be_read_back() -> None:
    kept = json.loads(json.dumps(record([result(0.8)])))
    assert kept["results"][0]["ratios"]["torch"]["median"] == 0.8
    assert kept["environment"]["torch"] == torch.__version__.partition("+")[0]


@pytest.mark.parametrize("part", parts())
def test_each_case_runs(part: str) -> None:
    """Every contestant of every case does a step twice without an error."""
    for case in importlib.import_module(f"benchmarks.{part}").cases():
        assert case.peers, case.name
        assert set(case.at_most) | set(case.at_least) <= set(case.peers), case.name
        for run in (case.ours, *case.peers.values()):
            run()
            run()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nothing"], "no part is called nothing"),
        (["--rounds", "0"], "--rounds must be at least 1, not 0"),
        (["--json", "no/such/folder/file.json"], "the folder for --json does not exist"),
        (["--only", "no such case"], "no case has 'no such case' in its name"),
    ],
)
def test_wrong_use_is_refused(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert says in capsys.readouterr().err


def test_a_peer_that_is_not_installed_is_named(tmp_path: Path) -> None:
    """Without the peers the command says how to get them, in one line."""
    (tmp_path / "micrograd.py").write_text("raise ModuleNotFoundError(name='micrograd')\n")
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "scalar", "--rounds", "1"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        encoding="utf8",
        check=False,
    )
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "micrograd is not installed" in done.stderr
    assert 'pip install -e ".[bench]"' in done.stderr


def test_the_record_has_every_case_of_every_part() -> None:
    kept = json.loads(RECORDED.read_text(encoding="utf8"))
    names = [
        case.name
        for part in parts()
        for case in importlib.import_module(f"benchmarks.{part}").cases()
    ]
    assert [entry["name"] for entry in kept["results"]] == names
