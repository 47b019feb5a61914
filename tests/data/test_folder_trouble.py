"""Full disks, forbidden folders and Ctrl-C leave no half file."""

import errno
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from data_helpers import BODY, NAME, answer, files_in, refusal

from dlbook.data import _http
from dlbook.data.download import DownloadError, fetch


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
