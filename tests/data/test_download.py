import errno
import hashlib
import os
import re
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
from data_helpers import answer, cifar_batch, idx_bytes, tar_bytes

from dlbook.data import _http
from dlbook.data._registry import DATASETS
from dlbook.data.download import (
    DataFileError,
    DownloadError,
    cifar10,
    data_folder,
    fashion_mnist,
    fetch,
    mnist,
    names,
    tiny_shakespeare,
    verify,
)

TEXT = "First Citizen:\nBefore we proceed any further — hear me speak.\n" * 200
BODY = TEXT.encode()
ALTERED = BODY[:-1] + b"?"
PAGE = b"<!DOCTYPE html><title>Please log in</title>" + b" " * 200
NAME, FILE = "tiny_shakespeare", "input.txt"


def files_in(folder):
    """Return the files below a folder, temporary ones too."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def serve(server, folder, register):
    """Register the text under some routes, tried in turn."""

    def routes(*functions, content=BODY):
        urls = [server.add(f"/{place}", function) for place, function in enumerate(functions)]
        register(NAME, {FILE: content}, lambda _: urls)
        return server

    return routes


def refusal(folder):
    """Return the message of the error, having seen that nothing was left behind."""
    with pytest.raises(DownloadError) as caught:
        fetch(NAME)
    assert files_in(folder) == []
    return str(caught.value)


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


def test_a_redirect_is_followed(serve):
    def redirect(handler):
        handler.send_response(302)
        handler.send_header("Location", "/elsewhere")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    server = serve(redirect)
    server.add("/elsewhere", answer(BODY))
    assert fetch(NAME)[0].read_bytes() == BODY


def test_a_redirect_without_end_is_left(serve, folder):
    def redirect(handler):
        handler.send_response(302)
        handler.send_header("Location", "/0")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    serve(redirect)
    assert "TooManyRedirects" in refusal(folder)


def test_a_slow_server_is_waited_for(serve):
    def slow(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(BODY)))
        handler.end_headers()
        for start in range(0, len(BODY), 1000):
            handler.wfile.write(BODY[start : start + 1000])
            server.stop.wait(0.02)

    server = serve(slow)
    assert fetch(NAME)[0].read_bytes() == BODY


def test_chunks_without_a_length(serve):
    def chunked(handler):
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        for start in range(0, len(BODY), 999):
            piece = BODY[start : start + 999]
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        handler.wfile.write(b"0\r\n\r\n")

    serve(chunked)
    assert fetch(NAME)[0].read_bytes() == BODY


def test_500_then_200(serve):
    def sometimes(handler):
        answer(b"busy", status=500)(handler) if len(server.asked) < 3 else answer(BODY)(handler)

    server = serve(sometimes)
    assert fetch(NAME)[0].read_bytes() == BODY
    assert server.asked == ["/0"] * 3


def test_500_for_ever(serve, folder):
    server = serve(answer(b"busy", status=503))
    message = refusal(folder)
    assert "HTTP 503 Service Unavailable (3 tries)" in message and len(server.asked) == 3


def test_404_is_not_tried_twice(serve, folder):
    server = serve(answer(b"gone", status=404))
    assert "HTTP 404 Not Found\n" in refusal(folder) and len(server.asked) == 1


def test_mirrors_are_tried_in_turn(serve):
    server = serve(
        answer(b"gone", status=404), answer(ALTERED), answer(PAGE), answer(BODY), answer(BODY)
    )
    assert fetch(NAME)[0].read_bytes() == BODY
    assert server.asked == ["/0", "/1", "/2", "/3"]


def test_altered_bytes(serve, folder):
    serve(answer(ALTERED))
    message = refusal(folder)
    assert hashlib.sha256(ALTERED).hexdigest() in message
    assert f"expected {hashlib.sha256(BODY).hexdigest()}" in message


def test_cut_off_in_the_middle(serve, folder):
    server = serve(answer(BODY[:1000], length=len(BODY)))
    assert f"cut off: 1,000 of {len(BODY):,} bytes came (3 tries)" in refusal(folder)
    assert len(server.asked) == 3  # it may have been bad luck


def test_a_length_that_is_too_small(serve, folder):
    serve(answer(BODY, length=100))
    assert f"100 bytes instead of the published {len(BODY):,}" in refusal(folder)


def test_a_length_that_is_too_large(serve, folder):
    serve(answer(BODY, length=len(BODY) + 50))
    assert f"cut off: {len(BODY):,} of {len(BODY) + 50:,} bytes came" in refusal(folder)


def test_a_web_page_instead_of_data(serve, folder):
    server = serve(answer(PAGE, kind="text/html"))
    message = refusal(folder)
    assert "a web page came instead of data" in message and len(server.asked) == 1


def test_an_oversized_body_is_not_read_to_its_end(serve, folder):
    sent = []

    def endless(handler):
        handler.send_response(200)
        handler.end_headers()
        while not server.stop.is_set():
            sent.append(handler.wfile.write(bytes(2**16)))

    server = serve(endless)
    assert f"more than the published {len(BODY):,} bytes" in refusal(folder)
    assert len(server.asked) == 1


def test_silence_ends_in_a_time_out(serve, folder, impatient):

    def silent(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(BODY)))
        handler.end_headers()
        handler.wfile.write(BODY[:500])
        server.stop.wait(60)

    server = serve(silent)
    assert "no byte came for 0.3 s" in refusal(folder)


def test_no_answer_ends_in_a_time_out(serve, folder, impatient):
    server = serve(lambda handler: server.stop.wait(60))
    assert "no byte came for 0.3 s" in refusal(folder)


def test_an_endless_dribble_ends_too(serve, folder, impatient):
    """Each byte comes in time, so that no single wait is too long."""

    def dribble(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(BODY)))
        handler.end_headers()
        for byte in BODY:
            handler.wfile.write(bytes([byte]))
            if server.stop.wait(0.02):
                break

    server = serve(dribble)
    assert re.search(r"too slow: \d+ bytes in 0 s", refusal(folder))


def test_nobody_listens(folder, register):
    register(NAME, {FILE: BODY}, lambda _: ["http://127.0.0.1:9/0"])
    assert re.search(r"ConnectionError: .*refused.*\n", refusal(folder))
    assert "tries" not in refusal(folder)


def test_a_connection_that_breaks_is_tried_again(serve):
    def sometimes(handler):
        handler.close_connection = True
        if len(server.asked) > 1:
            answer(BODY)(handler)

    server = serve(sometimes)
    assert fetch(NAME)[0].read_bytes() == BODY and len(server.asked) == 2


def test_no_connection(serve, folder, monkeypatch):
    def time_out(*_, **__):
        raise TimeoutError("timed out")

    serve(answer(BODY))
    monkeypatch.setattr("urllib3.util.connection.create_connection", time_out)
    assert "no connection within 10 s\n" in refusal(folder)


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


@pytest.mark.parametrize("below", ["", "/further/down"])
def test_a_folder_that_cannot_be_written(serve, tmp_path, monkeypatch, below):
    """A file stands where the folder should be: not even root can write there."""
    serve(answer(BODY))
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("DLBOOK_DATA", str(tmp_path / "file") + below)
    with pytest.raises(DownloadError, match=r"cannot write input.txt.*Set DLBOOK_DATA to a folder"):
        fetch(NAME)
    assert files_in(tmp_path) == ["file"]


def test_a_folder_without_permission(serve, folder, monkeypatch):
    """Root may write everywhere, so the refusal is put where the system would give it."""

    def refuse(*_, **__):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    serve(answer(BODY))
    (folder / NAME).mkdir(parents=True)
    monkeypatch.setattr("tempfile.NamedTemporaryFile", refuse)
    assert f"to {folder / NAME}: Permission denied. Set DLBOOK_DATA" in refusal(folder)


def to_full_device(url, output, remote, *, download=_http.download):
    """Download to a device that is always full."""
    download(url, Path("/dev/full"), remote)


def no_space(*_):
    """Fail as a full disk does."""
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("writer", [to_full_device, no_space])
def test_a_full_disk(serve, folder, monkeypatch, writer):
    if writer is to_full_device and not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full; the other case simulates it")
    server = serve(answer(BODY), answer(BODY))
    monkeypatch.setattr(_http, "download", writer)
    message = refusal(folder)
    assert f"the disk of {folder / NAME} is full" in message and "DLBOOK_DATA" in message
    assert len(server.asked) <= 1  # another mirror has no more room


PREAMBLE = """
    import hashlib, sys
    from dlbook.data import download
    from dlbook.data._registry import DATASETS, Dataset, RemoteFile
    def remote(file, content):
        digest = hashlib.sha256(content).hexdigest()
        return RemoteFile(file, digest, len(content), (sys.argv[1] + "/" + file,))
    files = (remote("first", b"a" * 5_000), remote("second", b"b" * 500_000))
    DATASETS["mnist"] = Dataset(("mnist",), files)
"""


def in_subprocess(server, folder, program):
    """Start a program that has two files of the server as MNIST."""
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(PREAMBLE) + textwrap.dedent(program), server.url],
        env={**os.environ, "DLBOOK_DATA": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal")
def test_ctrl_c_leaves_only_finished_files(server, folder):
    def half(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", "500000")
        handler.end_headers()
        handler.wfile.write(b"b" * 250_000)
        half_sent.set()
        server.stop.wait(60)

    half_sent = type(server.stop)()
    server.add("/first", answer(b"a" * 5_000))
    server.add("/second", half)
    with in_subprocess(server, folder, "download.fetch('mnist')") as process:
        assert half_sent.wait(60)
        assert len(files_in(folder)) == 2  # the second one has a temporary name
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == -signal.SIGINT and "KeyboardInterrupt" in errors
    assert files_in(folder) == ["mnist/first"]
    assert (folder / "mnist/first").read_bytes() == b"a" * 5_000


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such limit")
def test_a_limit_on_file_size(server, folder):
    server.add("/first", answer(b"a" * 5_000))
    server.add("/second", answer(b"b" * 500_000))
    program = """
        import resource
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        try:
            download.fetch("mnist")
        except download.DownloadError as error:
            print(error)
    """
    with in_subprocess(server, folder, program) as process:
        output, errors = process.communicate(timeout=60)
    assert "cannot write second (500,000 bytes)" in output and "File too large" in output, errors
    assert files_in(folder) == ["mnist/first"]


def test_no_bar_where_there_is_no_terminal(serve, capsys):
    serve(answer(BODY))
    fetch(NAME)
    assert capsys.readouterr() == ("", "")


def test_a_bar_on_a_terminal(serve, capsys, monkeypatch):
    serve(answer(BODY))
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    fetch(NAME)
    assert FILE in capsys.readouterr().err


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


def test_the_registry_is_well_formed():
    for dataset in DATASETS.values():
        for remote in dataset.files:
            assert re.fullmatch(r"md5:[0-9a-f]{32}|[0-9a-f]{64}", remote.hash)
            assert remote.size > 1_000 and len(set(remote.urls)) >= 2
            assert all(re.match(r"https?://[^/]+\.[a-z]+/.", url) for url in remote.urls)
    hashes = [remote.hash for dataset in DATASETS.values() for remote in dataset.files]
    assert len(set(hashes)) == len(hashes) == 10


@pytest.mark.parametrize(("load", "name"), [(mnist, "mnist"), (fashion_mnist, "fashion_mnist")])
def test_mnist_and_its_twin(load, name, server, folder, register):
    random = np.random.default_rng(0)
    arrays, contents = {}, {}
    for prefix, count in (("train", 7), ("t10k", 3)):
        images = random.integers(0, 256, (count, 28, 28), dtype=np.uint8)
        labels = random.integers(0, 10, count, dtype=np.uint8)
        arrays[prefix] = images, labels
        contents[f"{prefix}-images-idx3-ubyte.gz"] = idx_bytes(images)
        contents[f"{prefix}-labels-idx1-ubyte.gz"] = idx_bytes(labels)
    for file, content in contents.items():
        server.add(f"/{file}", answer(content))
    register(name, contents, lambda file: [f"{server.url}/{file}"])
    for split, prefix in (("train", "train"), ("test", "t10k")):
        x, y, _, target_names = load(split)
        images, labels = arrays[prefix]
        assert x.dtype == np.uint8 and y.dtype == np.int64 and len(target_names) == 10
        assert (x == images[:, None]).all() and (y == labels).all() and x.flags.writeable
    assert len(server.asked) == 4  # the files of a split when it is asked for
    with pytest.raises(ValueError, match="split must be 'train' or 'test', got 'valid'"):
        load("valid")


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        (np.zeros((2, 28, 27), np.uint8), [0, 1], r"shape \(n, 28, 28\); it has shape \(2, 28, 27"),
        (np.zeros((2, 28, 28), np.int8), [0, 1], "dtype int8"),
        (np.zeros((2, 28, 28), np.uint8), [0, 1, 2], "for each of 2 images; it has shape"),
        (np.zeros((2, 28, 28), np.uint8), [0, 11], "goes up to 11"),
    ],
)
def test_mnist_of_another_shape(folder, register, images, labels, message):
    contents = {
        "train-images-idx3-ubyte.gz": idx_bytes(images),
        "train-labels-idx1-ubyte.gz": idx_bytes(np.array(labels, dtype=np.uint8)),
    }
    register("mnist", contents, lambda _: [])
    folder.mkdir()
    for file, content in contents.items():
        (folder / file).write_bytes(content)
    with pytest.raises(DataFileError, match=message):
        mnist()


def test_cifar10(server, folder, register):
    pixels, labels, data = cifar_batch(4, 0)
    archive = tar_bytes([("cifar-10-batches-py/test_batch", data)])
    url = server.add("/0", answer(archive))
    register("cifar10", {"cifar-10-python.tar.gz": archive}, lambda _: [url])
    x, y, _, target_names = cifar10("test")
    assert x.shape == (4, 3, 32, 32) and (x.reshape(4, -1) == pixels).all()
    assert y.tolist() == labels and target_names[3] == "cat"
    assert files_in(folder) == ["cifar10/cifar-10-python.tar.gz"]
    with pytest.raises(ValueError, match="split must be"):
        cifar10("valid")


def test_text_that_is_none(serve):
    serve(answer(b"\xff\xfe"), content=b"\xff\xfe")
    with pytest.raises(DataFileError, match="is not text in UTF-8"):
        tiny_shakespeare()


def test_importing_is_cheap():
    program = (
        "import sys, torch\nbefore = set(sys.modules)\n"
        "from dlbook.data import bundled, download, loaders, synthetic\n"
        "heavy = {'pooch', 'sklearn', 'scipy', 'requests', 'tqdm', 'matplotlib'}\n"
        "print(sorted(heavy & (set(sys.modules) - before)))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == "[]"
