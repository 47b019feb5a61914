"""``dlbook train``: its table, its checkpoint, and what it refuses."""

import pytest

from dlbook.cli._app import _bundled_names


def rows(result):
    """Return the table's rows of numbers."""
    return [line.split() for line in result.output.splitlines() if line.split()[0].isdigit()]


@pytest.mark.parametrize("name", ["breast_cancer", "digits", "iris", "wine"])
def test_it_learns(dlbook, name):
    result = dlbook("train", name, "--epochs", 12, "--seed", 3)
    assert result.exit_code == 0, result.stderr
    first, head, *_ = result.output.splitlines()
    assert first.startswith(f"{name}: ") and "seed 3" in first
    assert head.split()[:4] == ["epoch", "train_loss", "validation_loss", "accuracy"]
    table = rows(result)
    assert [row[0] for row in table] == [str(n) for n in range(1, 13)]
    assert float(table[-1][1]) < float(table[0][1])
    assert float(table[-1][3]) > 0.9


def test_stopped_and_resumed_it_is_the_whole_training(dlbook, tmp_path):
    file = tmp_path / "run.safetensors"
    whole = dlbook("train", "iris", "--epochs", 6)
    part = dlbook("train", "iris", "--epochs", 2, "--checkpoint", file)
    assert part.output.endswith(f"checkpoint: {file}\n")
    rest = dlbook("train", "iris", "--epochs", 6, "--checkpoint", file, "--resume")
    assert rows(part) == rows(whole)[:2]
    assert rows(rest) == rows(whole)
    assert len(rows(whole)) == 6


def test_what_cannot_go_on_is_one_message(dlbook, tmp_path):
    file = tmp_path / "run.safetensors"
    dlbook("train", "iris", "--epochs", 1, "--checkpoint", file)
    common = ("train", "iris", "--epochs", 2, "--checkpoint", file)
    again = dlbook(*common)
    assert (again.exit_code, again.stdout) == (2, "")
    assert "pass --resume to go on from it" in again.stderr
    other = dlbook(*common, "--resume", "--lr", 0.2)
    assert other.exit_code == 1
    assert "lr is 0.05 in the checkpoint and 0.2 in the optimizer" in other.stderr
    foreign = dlbook("train", "wine", "--epochs", 2, "--checkpoint", file, "--resume")
    assert "another architecture" in foreign.stderr
    file.write_bytes(file.read_bytes()[:-1])
    assert "was cut off" in dlbook(*common, "--resume").stderr


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["dgits"], 2, "did you mean digits?"),
        (["diabetes"], 2, "no bundled data set with classes is called 'diabetes'"),
        (["iris", "--epochs", "0"], 2, "Invalid value for '--epochs'"),
        (["iris", "--lr", "0"], 1, "lr"),
        (["iris", "--lr", "-1"], 1, "lr"),
        (["iris", "--lr", "1e30"], 1, "the loss is"),
        (["iris", "--resume"], 2, "--resume needs --checkpoint PATH"),
        (["iris", "--checkpoint", "."], 1, "is a folder"),
    ],
)
def test_wrong_use_is_told(dlbook, tmp_path, monkeypatch, arguments, code, words):
    monkeypatch.chdir(tmp_path)
    result = dlbook("train", *arguments)
    assert result.exit_code == code
    assert words in result.stderr
    assert "Traceback" not in result.stderr and "unexpected" not in result.stderr


def test_names_are_completed():
    assert _bundled_names("d") == ["digits"]
