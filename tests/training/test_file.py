"""The checkpoint's file: strange headers and long names."""

import json
import os

import pytest
import torch
from torch import nn

from dlbook.training import CheckpointError, _file, load_checkpoint, save_checkpoint


def with_header(path, text):
    """Write a safetensors file with a given header."""
    content = text.encode()
    path.write_bytes(len(content).to_bytes(8, "little") + content + b"\0" * 64)


KIND = '"__metadata__": {"kind": "dlbook.training", "version": "1", "sha256": "", "state": "{}"}'
PLACES = [
    "[0, Infinity]",
    "[0, -Infinity]",
    "[0, NaN]",
    "[0, -4]",
    f"[0, {'9' * 6000}]",
    f"[0, {'9' * 4299}]",
    "[0, 1e400]",
    "[0]",
    "{}",
    "null",
    '"ab"',
]


@pytest.mark.parametrize("place", PLACES, ids=[place[:20] for place in PLACES])
def test_a_tensor_without_a_place_is_refused(tmp_path, place):
    path = tmp_path / "run.safetensors"
    with_header(path, f'{{{KIND}, "x": {{"data_offsets": {place}}}}}')
    with pytest.raises(CheckpointError, match=r"is damaged"):
        load_checkpoint(path, nn.Linear(1, 1))


@pytest.mark.parametrize("state", ["{", f"[{'9' * 6000}]", "[" * 100_000, "[]", "3", "null"])
def test_a_state_that_cannot_be_read_is_refused(tmp_path, state, monkeypatch):
    path = tmp_path / "run.safetensors"
    monkeypatch.setattr(_file.json, "dumps", lambda _: state)
    _file.write(path, {}, {})
    monkeypatch.undo()
    with pytest.raises(CheckpointError, match=r"is damaged|does not hold what it should"):
        load_checkpoint(path, nn.Linear(1, 1))


@pytest.mark.parametrize("change", [{"model": {"a": 1, "b": 2}}, {"model": {"odd": 1}}])
def test_a_description_that_makes_no_sense_is_refused(tmp_path, change):
    path, model = tmp_path / "run.safetensors", nn.Linear(1, 1)
    save_checkpoint(path, model, torch.optim.SGD(model.parameters(), lr=0.1))
    tensors, description = _file.read(path)
    _file.write(path, tensors, json.loads(json.dumps(description | change)))
    with pytest.raises(CheckpointError, match=r"does not hold what it should|cannot hold a 'odd'"):
        load_checkpoint(path, model)


@pytest.mark.parametrize("length", [100, 241, 242, 250, 255])
def test_names_of_any_length(tmp_path, length):
    """A name may have 255 bytes; that of the temporary file too."""
    path, model = tmp_path / ("x" * (length - 12) + ".safetensors"), nn.Linear(1, 1)
    assert len(path.name) == length
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    save_checkpoint(path, model, optimizer)
    load_checkpoint(path, model, optimizer)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("length", [100, 255])
def test_leftovers_beside_names_of_any_length_are_removed(tmp_path, length, monkeypatch):
    path, model = tmp_path / ("x" * length), nn.Linear(1, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    monkeypatch.setattr(os, "replace", lambda *_: None)  # as if killed before it
    save_checkpoint(path, model, optimizer)
    monkeypatch.undo()
    assert len(list(tmp_path.iterdir())) == 1 and not path.exists()
    (tmp_path / ".other.0123abcd.tmp").touch()
    _file.remove_leftovers(path)
    assert [file.name for file in tmp_path.iterdir()] == [".other.0123abcd.tmp"]


def test_a_name_that_is_too_long_is_told(tmp_path):
    with pytest.raises(OSError, match=r"cannot write the checkpoint of [0-9,]+ bytes .*too long"):
        _file.replace_file(tmp_path / ("x" * 300), b"content")
