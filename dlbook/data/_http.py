"""One download over HTTP: with limits on time and size, and a reason when it fails."""

import hashlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dlbook import __version__
from dlbook.data._registry import RemoteFile

CONNECT_SECONDS = 10.0  # for the connection
SILENCE_SECONDS = 30.0  # for the next byte, and the span over which the rate is taken
LEAST_RATE = 1_000.0  # bytes a second; slower than this is as good as dead
_CHUNK = 2**16


class Fault(Exception):
    """One attempt at one address failed; ``again`` tells whether a second one may succeed."""

    def __init__(self, reason: str, *, again: bool) -> None:
        super().__init__(reason)
        self.again = again


def download(url: str, output: Path, remote: RemoteFile) -> None:
    """Write what the address sends to ``output`` if it is the published file, else raise.

    Raises
    ------
    Fault
        If the server or the network is at fault, or the bytes are not the published ones.
    OSError
        If the bytes cannot be written.
    """
    import requests
    from urllib3.exceptions import HTTPError

    # Compressed in transit, a .gz file may arrive unpacked and fail its hash.
    headers = {"Accept-Encoding": "identity", "User-Agent": f"dlbook/{__version__}"}
    timeout = (CONNECT_SECONDS, SILENCE_SECONDS)
    try:
        with requests.get(url, stream=True, timeout=timeout, headers=headers) as response:
            _check_status(response)
            _receive(response, output, remote)
    except (requests.RequestException, HTTPError) as error:
        raise _fault(error) from error


def _check_status(response: Any) -> None:
    """Refuse every status but 200; what is the server's trouble is worth another try."""
    status = response.status_code
    if status != 200:
        again = status >= 500 or status in (408, 429)
        raise Fault(f"HTTP {status} {response.reason}", again=again)


def _receive(response: Any, output: Path, remote: RemoteFile) -> None:
    """Copy the body to ``output``, counting and hashing what comes."""
    from tqdm import tqdm

    algorithm, _, expected = remote.hash.rpartition(":")
    digest = hashlib.new(algorithm or "sha256", usedforsecurity=False)
    start, size = b"", 0
    bar = tqdm(total=remote.size, unit="B", unit_scale=True, desc=remote.file, disable=None)
    with bar, output.open("wb") as target:
        for chunk in _chunks(response):
            start, size = (start + chunk)[:512], size + len(chunk)
            if size > remote.size:
                what = f"more than the published {remote.size:,} bytes"
                raise Fault(what + _web_page(start), again=False)
            target.write(chunk)
            digest.update(chunk)
            bar.update(len(chunk))
    if size < remote.size:
        page = _web_page(start)
        reason = f"{size:,} bytes instead of the published {remote.size:,}{page}"
        raise Fault(reason, again=not page)
    if digest.hexdigest() != expected:
        reason = f"altered bytes: {digest.name} {digest.hexdigest()}, expected {expected}"
        raise Fault(reason + _web_page(start), again=False)
    output.chmod(0o644)  # a temporary file is private; a data folder may be shared


def _chunks(response: Any) -> Iterator[bytes]:
    """Yield what comes as it comes; raise when it comes too slowly."""
    # A plain read waits until its chunk is full, and a server that sends a byte now and then
    # would hold it for ever: no single wait is long enough for the time-out.
    read = getattr(response.raw, "read1", response.raw.read)
    since, size = time.monotonic(), 0
    while chunk := read(_CHUNK):
        yield chunk
        size += len(chunk)
        elapsed = time.monotonic() - since
        if elapsed >= SILENCE_SECONDS:
            if size < LEAST_RATE * elapsed:
                raise Fault(f"too slow: {size:,} bytes in {elapsed:.0f} s", again=False)
            since, size = time.monotonic(), 0


def _web_page(start: bytes) -> str:
    """Return the explanation for a body that is HTML, or nothing."""
    if start.lstrip().lower().startswith((b"<!doctype html", b"<html", b"<head", b"<?xml")):
        return " (a web page came instead of data: a login or an error page?)"
    return ""


def _fault(error: Exception) -> Fault:
    """Return a network error in one line: what lies at the bottom of it.

    A connection that broke is worth another try. One that never came about, or that is silent,
    has cost time already, and there are other mirrors.
    """
    from urllib3.exceptions import ConnectTimeoutError, IncompleteRead, ProtocolError

    chain: list[BaseException] = [error]
    while chain[-1].__context__ is not None:
        chain.append(chain[-1].__context__)
    if any(type(link) is ConnectTimeoutError for link in chain):
        return Fault(f"no connection within {CONNECT_SECONDS:g} s", again=False)
    bottom = chain[-1]
    if isinstance(bottom, TimeoutError):
        return Fault(f"no byte came for {SILENCE_SECONDS:g} s", again=False)
    if isinstance(bottom, IncompleteRead):
        came, due = bottom.partial, bottom.partial + bottom.expected
        return Fault(f"cut off: {came:,} of {due:,} bytes came", again=True)
    again = any(isinstance(link, ProtocolError) for link in chain)
    what = " ".join(str(bottom).split())[:200]
    return Fault(f"{type(error).__name__}: {what}", again=again)
