"""What the tests of downloads share: a server that misbehaves, and files in three formats."""

import contextlib
import gzip
import io
import pickle
import struct
import tarfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from dlbook.data.download import DownloadError, fetch

TEXT = "First Citizen:\nBefore we proceed any further — hear me speak.\n" * 200
BODY = TEXT.encode()
ALTERED = BODY[:-1] + b"?"
PAGE = b"<!DOCTYPE html><title>Please log in</title>" + b" " * 200
NAME, FILE = "tiny_shakespeare", "input.txt"


class Server:
    """Serves each path by a function of the handler; remembers what was asked for."""

    def __init__(self):
        self.routes, self.asked, self.stop = {}, [], threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                outer.asked.append(self.path)
                with contextlib.suppress(ConnectionError):  # the client may give up
                    outer.routes[self.path](self)

            def end_headers(self):
                self.send_header("Connection", "close")
                super().end_headers()

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def add(self, path, serve):
        """Let a function answer for a path; return the address."""
        self.routes[path] = serve
        return self.url + path

    def close(self):
        self.stop.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def answer(body, *, status=200, length=None, kind="application/octet-stream"):
    """Return a route that sends a body, with a Content-Length that may lie."""

    def serve(handler):
        handler.send_response(status)
        handler.send_header("Content-Type", kind)
        handler.send_header("Content-Length", str(len(body) if length is None else length))
        handler.end_headers()
        handler.wfile.write(body)

    return serve


def idx_bytes(array):
    """Return an array as a gzipped IDX file."""
    codes = {"u1": 0x08, "i1": 0x09, "i2": 0x0B, "i4": 0x0C, "f4": 0x0D, "f8": 0x0E}
    header = struct.pack(">BBBB", 0, 0, codes[array.dtype.str[1:]], array.ndim)
    header += struct.pack(f">{array.ndim}I", *array.shape)
    return gzip.compress(header + array.astype(array.dtype.newbyteorder(">")).tobytes(), mtime=0)


class Python2Pickler(pickle._Pickler):
    """Writes byte strings as Python 2 did, and NumPy's old module names."""

    dispatch = pickle._Pickler.dispatch.copy()

    def save_bytes(self, text):
        self.write(pickle.BINSTRING + struct.pack("<i", len(text)) + text)
        self.memoize(text)

    dispatch[bytes] = save_bytes

    def reducer_override(self, value):
        """Pickle arrays and dtypes by the calls that NumPy 1 wrote into pickles."""
        if isinstance(value, np.ndarray):
            state = (1, value.shape, value.dtype, False, value.tobytes())
            return Global("numpy.core.multiarray\n_reconstruct"), (NDARRAY, (0,), b"b"), state
        if isinstance(value, np.dtype):
            state = (3, b"|", None, None, None, -1, -1, 0)
            return Global("numpy\ndtype"), (value.str[1:].encode(), 0, 1), state
        return NotImplemented

    def save_global(self, value, name=None):
        self.write(pickle.GLOBAL + value.text.encode() + b"\n")


class Global:
    """Stands for a name that is pickled as such."""

    def __init__(self, text):
        self.text = text

    def __call__(self):
        """Be callable, as pickle demands of what it is to call."""


NDARRAY = Global("numpy\nndarray")
Python2Pickler.dispatch[Global] = Python2Pickler.save_global


def python2_pickle(value):
    """Return the pickle of containers and arrays as CIFAR-10's authors wrote it."""
    buffer = io.BytesIO()
    Python2Pickler(buffer, protocol=2).dump(value)
    return buffer.getvalue()


def cifar_batch(num_images, seed):
    """Return pixels, labels and the pickle of a batch."""
    random = np.random.default_rng(seed)
    pixels = random.integers(0, 256, (num_images, 3072), dtype=np.uint8)
    labels = random.integers(0, 10, num_images).tolist()
    names = [b"image_%d.png" % number for number in range(num_images)]
    batch = {b"batch_label": b"a batch", b"labels": labels, b"data": pixels, b"filenames": names}
    return pixels, labels, python2_pickle(batch)


def tar_bytes(members):
    """Return a tar.gz of (TarInfo or name, content) pairs."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for member, content in members:
            info = tarfile.TarInfo(member) if isinstance(member, str) else member
            if info.isreg():
                info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def files_in(folder):
    """Return the files below a folder, temporary ones too."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def refusal(folder):
    """Return the message of the error, having seen that nothing was left behind."""
    with pytest.raises(DownloadError) as caught:
        fetch(NAME)
    assert files_in(folder) == []
    return str(caught.value)
