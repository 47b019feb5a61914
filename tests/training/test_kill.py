"""A training that is killed at any moment and resumed is the training that was never killed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("killed.py")
WRITES = ("half written", "before fsync", "before rename", "after rename")
# The epoch of the checkpoint that is there after each kill; None: there is none yet.
TORCH = {
    "in the first iteration": [0],
    "in the middle of an epoch": [2],
    "at an epoch's end": [2],
    "twice in one epoch": [1, 1],
    "in each epoch": [1, 2, 3, 4],
    "half written, first": [None],
    "before fsync, first": [None],
    "before rename, first": [None],
    "after rename, first": [0],
    "half written, fourth": [2],
    "before fsync, fourth": [2],
    "before rename, fourth": [2],
    "after rename, fourth": [3],
    "at every place of a write in turn": [0, 1, 2, 4],
}
OTHERS = {name: TORCH[name] for name in ("in each epoch", "at every place of a write in turn")}
SCENARIOS = [(f"torch: {name}", epochs) for name, epochs in TORCH.items()]
SCENARIOS += [(f"{s}: {name}", e) for s in ("dlbook", "sgd") for name, e in OTHERS.items()]

pytestmark = pytest.mark.skipif(
    not hasattr(os, "fork"), reason="processes are killed by SIGKILL, which Windows does not have"
)


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """What came out of all trainings."""
    done = subprocess.run(
        [sys.executable, str(SCRIPT), str(tmp_path_factory.mktemp("killed"))],
        capture_output=True,
        encoding="utf8",
        timeout=300,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def never_killed(report, scenario):
    return report[f"{scenario.partition(':')[0]}: never"]["found"]


@pytest.mark.parametrize(("scenario", "epochs"), SCENARIOS, ids=[name for name, _ in SCENARIOS])
def test_killed_and_resumed_is_never_killed(report, scenario, epochs):
    found = report[scenario]
    assert found["killed"] == len(epochs)
    assert found["epochs"] == epochs  # each time the old checkpoint or the new one, complete
    expected = never_killed(report, scenario)
    assert found["found"]["weights"] == expected["weights"]
    assert found["found"]["history"] == expected["history"]
    # Momenta, step counts, schedule, best weights, and all generators.
    assert found["found"]["checkpoint"] == expected["checkpoint"]


def test_killed_from_outside_wherever_it_is(report):
    """Where it dies depends on the machine; what comes out does not."""
    found, expected = report["torch: from outside"], never_killed(report, "torch")
    assert found["killed"] == 3
    assert found["found"] == expected


@pytest.mark.parametrize("setting", ["torch", "dlbook", "sgd"])
def test_checkpoints_do_not_disturb_the_training(report, setting):
    plain, saved = report[f"{setting}: plain"]["found"], never_killed(report, setting)
    assert plain["checkpoint"] is None
    assert plain["weights"] == saved["weights"]
    assert plain["history"] == saved["history"]
    assert len(set(plain["history"]["train_loss"])) == 5  # it did learn something


@pytest.mark.parametrize("place", WRITES)
def test_what_a_kill_left_is_cleared_away_at_the_next_start(report, place):
    found = report[f"torch: {place}, fourth"]
    assert found["left"] == (0 if place == "after rename" else 1)
    assert found["files"] == ["run.safetensors"]
