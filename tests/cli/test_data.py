"""``dlbook data``: list, get and verify; no network beyond this machine."""

import hashlib
import socket

import pytest

from dlbook.data import _cache
from dlbook.data._registry import Dataset, RemoteFile

CONTENT = b"To be, or not to be"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Pretend that there is one data set of two small files, at an address that is closed."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    files = tuple(
        RemoteFile(name, hashlib.sha256(CONTENT).hexdigest(), 2_500_000, (f"http://127.0.0.1:{port}/{name}",))
        for name in ("a.txt", "b.txt")
    )  # fmt: skip
    monkeypatch.setattr(_cache, "DATASETS", {"plays": Dataset(("plays",), files)})
    monkeypatch.setattr(_cache, "PAUSE_SECONDS", 0.0)
    monkeypatch.setenv("DLBOOK_DATA", str(tmp_path))
    (tmp_path / "plays").mkdir()
    return tmp_path


def put(folder, *names, content=CONTENT):
    """Put files into the data folder."""
    for name in names:
        (folder / "plays" / name).write_bytes(content)


def test_list(folder, dlbook):
    assert dlbook("data", "list").output.splitlines() == [
        f"data folder: {folder}",
        "  plays    5.0 MB  not there",
        "Download one: dlbook data get NAME",
    ]
    put(folder, "a.txt")
    assert "1 of 2 files there; 1 missing" in dlbook("data", "list").output
    put(folder, "b.txt")
    assert dlbook("data", "list").output.splitlines()[1].endswith("  there")
    put(folder, "b.txt", content=b"other")
    assert "1 of 2 files there; 1 altered" in dlbook("data", "list").output


def test_the_real_list(dlbook, tmp_path):
    result = dlbook("data", "list", "--folder", tmp_path)
    assert result.exit_code == 0
    for line in ("mnist", "fashion_mnist", "cifar10", "tiny_shakespeare", "170.5 MB"):
        assert line in result.output


def test_get_uses_what_is_there(folder, dlbook):
    put(folder, "a.txt", "b.txt")
    result = dlbook("data", "get", "plays")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [str(folder / "plays" / n) for n in ("a.txt", "b.txt")]


def test_get_that_fails_says_what_was_tried(folder, dlbook):
    result = dlbook("data", "get", "plays")
    assert result.exit_code == 1
    assert result.stderr.startswith("dlbook: could not get a.txt of plays")
    assert "127.0.0.1" in result.stderr
    assert "Traceback" not in result.output


@pytest.mark.parametrize("command", ["get", "verify"])
def test_unknown_names_get_the_nearest(folder, dlbook, command):
    result = dlbook("data", command, "playz")
    assert result.exit_code == 2
    assert result.stderr == "dlbook: no data set is called 'playz'; did you mean plays?\n"


def test_verify(folder, dlbook):
    put(folder, "a.txt")
    result = dlbook("data", "verify")
    assert result.exit_code == 0  # nobody asked for what is missing
    assert f"[ok]  plays/a.txt: sound, {folder / 'plays' / 'a.txt'}" in result.output
    assert "[--]  plays/b.txt: not there" in result.output
    named = dlbook("data", "verify", "plays")
    assert named.exit_code == 1
    assert "1 file is missing; get with: dlbook data get plays" in named.stderr
    put(folder, "b.txt", content=b"other")
    altered = dlbook("data", "verify")
    assert altered.exit_code == 1
    assert "[!!]  plays/b.txt: altered: sha256:" in altered.output
    assert "1 file is not as published" in altered.stderr


def test_another_folder(folder, dlbook, tmp_path):
    other = tmp_path / "other"
    (other / "plays").mkdir(parents=True)
    put(other, "a.txt", "b.txt")
    assert dlbook("data", "verify", "plays", "--folder", other).exit_code == 0
    assert dlbook("data", "get", "plays", "--folder", other).exit_code == 0
    file = tmp_path / "file"
    file.touch()
    result = dlbook("data", "list", "--folder", file)
    assert (result.exit_code, result.stderr) == (
        2,
        f"dlbook: --folder {file} is a file; give a folder\n",
    )
