"""The data folder: what lies there is used, checked and kept."""

import hashlib
import os
from pathlib import Path

import pytest
from data_helpers import ALTERED, BODY, FILE, NAME, PAGE, TEXT, answer, files_in, refusal

from dlbook.data import _http
from dlbook.data.download import (
    DownloadError,
    data_folder,
    fetch,
    names,
    tiny_shakespeare,
    verify,
)


def test_a_download_comes_once_and_stays(serve, folder):
    server = serve(answer(BODY))
    (path,) = fetch(NAME)
    assert path == folder / NAME / FILE and path.read_bytes() == BODY
    assert fetch(NAME) == (path,) and tiny_shakespeare() == TEXT
    assert server.asked == ["/0"] and files_in(folder) == [f"{NAME}/{FILE}"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_others_may_read_a_shared_folder(serve):
    serve(answer(BODY))
    assert fetch(NAME)[0].stat().st_mode & 0o777 == 0o644


def test_the_error_says_what_was_tried_and_what_to_do(serve, folder):
    server = serve(answer(b"", status=404), answer(PAGE))
    message = refusal(folder)
    assert f"could not get {FILE} of {NAME} ({len(BODY):,} bytes)" in message
    assert message.index(server.url + "/0") < message.index(server.url + "/1")
    assert "DLBOOK_DATA" in message and "dlbook data verify" in message and str(folder) in message


def test_an_altered_file_is_replaced(serve, folder):
    serve(answer(BODY))
    (folder / NAME).mkdir(parents=True)
    (folder / NAME / FILE).write_bytes(ALTERED)
    assert [status.status for status in verify(NAME)] == ["altered"]
    assert fetch(NAME)[0].read_bytes() == BODY
    assert [status.status for status in verify(NAME)] == ["ok"]


def test_an_altered_file_stays_when_there_is_no_better_one(serve, folder):
    serve(answer(b"", status=404))
    (folder / NAME).mkdir(parents=True)
    (folder / NAME / FILE).write_bytes(ALTERED)
    with pytest.raises(DownloadError, match="is altered and was left as it is"):
        fetch(NAME)
    assert (folder / NAME / FILE).read_bytes() == ALTERED
    assert files_in(folder) == [f"{NAME}/{FILE}"]


@pytest.mark.parametrize("below", ["", "mnist", "MNIST/raw"])
def test_files_that_are_there_need_no_network(folder, register, monkeypatch, below):
    contents = {"a.gz": b"one", "b.gz": b"two"}
    register("mnist", contents, lambda _: ["http://127.0.0.1:9/"])
    monkeypatch.setattr(_http, "download", lambda *_: pytest.fail("the network was asked"))
    (folder / below).mkdir(parents=True)
    for file, content in contents.items():
        (folder / below / file).write_bytes(content)
    assert [path.read_bytes() for path in fetch("mnist")] == [b"one", b"two"]
    assert files_in(folder) == [str(Path(below, file)) for file in contents]


def test_two_data_sets_may_share_file_names(folder, register):
    register("mnist", {"a.gz": b"digits"}, lambda _: [])
    register("fashion_mnist", {"a.gz": b"clothes"}, lambda _: [])
    folder.mkdir()
    (folder / "a.gz").write_bytes(b"digits")
    assert [status.status for status in verify("mnist")] == ["ok"]
    assert [status.status for status in verify("fashion_mnist")] == ["missing"]
    (folder / "a.gz").write_bytes(b"neither")
    assert [verify(name)[0].status for name in ("mnist", "fashion_mnist")] == ["altered"] * 2


def test_verify_changes_and_creates_nothing(folder):
    found = verify()
    assert {status.dataset for status in found} == set(names()) and not folder.exists()
    assert {status.status for status in found} == {"missing"}
    folder.mkdir()
    (folder / FILE).mkdir()
    (status,) = verify(NAME)
    assert status.status == "unreadable" and status.path == folder / FILE and status.found


def test_verify_tells_both_hashes(folder, register):
    register(NAME, {FILE: BODY}, lambda _: [])
    folder.mkdir()
    (folder / FILE).write_bytes(ALTERED)
    (status,) = verify(NAME)
    assert status.found == f"sha256:{hashlib.sha256(ALTERED).hexdigest()}"
    assert status.expected == f"sha256:{hashlib.sha256(BODY).hexdigest()}"
    assert status.size == len(BODY)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("MNIST", "did you mean mnist"),
        ("fashion-mnist", "did you mean fashion_mnist"),
        ("cifar", "did you mean cifar10"),
        ("shakespeare", "did you mean tiny_shakespeare"),
        ("imagenet-21k", "there are mnist, fashion_mnist, cifar10, tiny_shakespeare"),
        (3, "there are mnist"),
    ],
)
@pytest.mark.parametrize("function", [fetch, verify])
def test_unknown_names(function, name, message):
    with pytest.raises(ValueError, match=message):
        function(name)


def test_the_folder_is_the_users_cache_unless_told_otherwise(monkeypatch):
    monkeypatch.delenv("DLBOOK_DATA", raising=False)
    assert data_folder().name == "dlbook"
    monkeypatch.setenv("DLBOOK_DATA", "~/books")
    assert data_folder() == Path.home() / "books"
    monkeypatch.setenv("DLBOOK_DATA", "relative")
    assert data_folder() == Path.cwd() / "relative"
