import gzip
import os
import pickle
import pickletools
import struct
import tarfile
import tracemalloc
from itertools import chain

import numpy as np
import pytest
from data_helpers import cifar_batch, python2_pickle, tar_bytes
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dlbook.data import _cifar
from dlbook.data._cifar import read_cifar10
from dlbook.data._untrusted import DataFileError

ROOT = "cifar-10-batches-py"
TEST_BATCH = f"{ROOT}/test_batch"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "cifar-10-python.tar.gz"


def folder_entry():
    entry = tarfile.TarInfo(ROOT)
    entry.type = tarfile.DIRTYPE
    return entry, b""


def test_reads_batches_in_their_order(path):
    batches = {f"data_batch_{k}": cifar_batch(3, k) for k in (2, 1, 5, 4, 3)}
    batches["test_batch"] = cifar_batch(2, 6)
    members = [(f"{ROOT}/{name}", data) for name, (_, _, data) in batches.items()]
    members += [(f"{ROOT}/batches.meta", b"never loaded"), (f"{ROOT}/readme.html", b"")]
    path.write_bytes(tar_bytes([folder_entry(), *members]))
    x, y = read_cifar10(path, "train")
    ordered = [batches[f"data_batch_{k}"] for k in range(1, 6)]
    assert x.dtype == np.uint8 and y.dtype == np.int64 and x.flags.writeable
    assert x.shape == (15, 3, 32, 32)
    assert (x.reshape(15, -1) == np.concatenate([pixels for pixels, *_ in ordered])).all()
    assert y.tolist() == [*chain(*(labels for _, labels, _ in ordered))]
    x, y = read_cifar10(path, "test")
    assert x.shape == (2, 3, 32, 32) and y.tolist() == batches["test_batch"][1]


def test_the_test_pickle_is_what_numpy_reads():
    """So that the stand-ins are tried on the real format: NumPy itself loads the same bytes."""
    pixels, labels, data = cifar_batch(2, 0)
    opcodes = {opcode.name for opcode, *_ in pickletools.genops(data)}
    assert {"BINSTRING", "GLOBAL", "REDUCE", "BUILD", "PROTO"} <= opcodes
    assert data.startswith(b"\x80\x02")
    loaded = pickle.loads(data.replace(b"numpy.core", b"numpy._core"), encoding="bytes")
    assert (loaded[b"data"] == pixels).all() and loaded[b"labels"] == labels


def link(kind, target):
    entry = tarfile.TarInfo(f"{ROOT}/link")
    entry.type, entry.linkname = kind, target
    return entry, b""


@pytest.mark.parametrize(
    ("member", "message"),
    [
        (("../evil", b"x"), "lies outside"),
        ((f"{ROOT}/../../evil", b"x"), "lies outside"),
        (("/etc/evil", b"x"), "lies outside"),
        ((f"{ROOT}/..\\evil", b"x"), "lies outside"),
        (("elsewhere/file", b"x"), "lies outside"),
        (link(tarfile.SYMTYPE, "/etc/passwd"), "link or a special file"),
        (link(tarfile.LNKTYPE, TEST_BATCH), "link or a special file"),
        (link(tarfile.FIFOTYPE, ""), "link or a special file"),
        (link(tarfile.CHRTYPE, ""), "link or a special file"),
    ],
)
def test_an_archive_with_an_unsafe_member_is_refused(path, member, message, tmp_path):
    path.write_bytes(tar_bytes([member, (TEST_BATCH, cifar_batch(1, 0)[2])]))
    with pytest.raises(DataFileError, match=message):
        read_cifar10(path, "test")
    assert list(tmp_path.iterdir()) == [path]


def test_a_member_that_claims_too_much_is_refused(path):
    entry = tarfile.TarInfo(TEST_BATCH)
    entry.size = 2**40
    path.write_bytes(gzip.compress(entry.tobuf() + b"short"))
    with pytest.raises(DataFileError, match=r"claims 1,099,511,627,776 bytes"):
        read_cifar10(path, "test")


def test_a_bomb_is_cut_short(path, monkeypatch):
    monkeypatch.setattr(_cifar, "_MOST_ARCHIVE", 2**20)
    path.write_bytes(tar_bytes([(f"{ROOT}/readme.html", bytes(30 * 2**20))]))
    tracemalloc.start()
    try:
        with pytest.raises(DataFileError, match="unpacks to more than 1,048,576 bytes"):
            read_cifar10(path, "test")
        assert tracemalloc.get_traced_memory()[1] < 4 * 2**20
    finally:
        tracemalloc.stop()


def test_other_archives_are_refused(path):
    batch = cifar_batch(1, 0)[2]
    path.write_bytes(tar_bytes([(f"{ROOT}/data_batch_1", batch)]))
    with pytest.raises(DataFileError, match=r"lacks .*data_batch_2, .*data_batch_5"):
        read_cifar10(path, "train")
    path.write_bytes(tar_bytes([(TEST_BATCH, batch)] * 2))
    with pytest.raises(DataFileError, match="occurs twice"):
        read_cifar10(path, "test")
    path.write_bytes(tar_bytes([(f"{ROOT}/{number}", b"") for number in range(40)]))
    with pytest.raises(DataFileError, match="more than 32 members"):
        read_cifar10(path, "test")
    for content in (b"", b"<html>", gzip.compress(b"no tar"), tar_bytes([])[:-9]):
        path.write_bytes(content)
        with pytest.raises(DataFileError):
            read_cifar10(path, "test")


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(0, 2_000), position=st.integers(0, 600), byte=st.integers(0, 255))
def test_damage_raises_our_own_error_or_none(path, cut, position, byte):
    content = bytearray(gzip.decompress(tar_bytes([(TEST_BATCH, cifar_batch(1, 0)[2])])))
    content[position] = byte
    path.write_bytes(gzip.compress(bytes(content[: len(content) - cut])))
    try:
        x, y = read_cifar10(path, "test")
    except DataFileError as error:
        assert str(path) in str(error)
    else:
        assert x.shape == (1, 3, 32, 32) and y.shape == (1,)


class Evil:
    """Would make a file when it is unpickled."""

    def __init__(self, target):
        self.target = target

    def __reduce__(self):
        return os.mkdir, (str(self.target),)


def refused(path, data):
    """Return the error that a pickle in the archive brings."""
    path.write_bytes(tar_bytes([(TEST_BATCH, data)]))
    with pytest.raises(DataFileError) as caught:
        read_cifar10(path, "test")
    return str(caught.value)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_that_would_run_code_does_not(path, tmp_path, protocol):
    target = tmp_path / "executed"
    data = pickle.dumps({"data": Evil(target)}, protocol=protocol)
    message = refused(path, data)
    assert ("asks for" in message and "mkdir" in message) or "newer than the archive" in message
    assert not target.exists()
    pickle.loads(data)  # the plain loader would have done it
    assert target.exists()


@pytest.mark.parametrize(
    "name",
    [
        "builtins\neval",
        "__builtin__\neval",
        "os\nsystem",
        "numpy\nload",
        "numpy.core.multiarray\nfromfile",
        "numpy._core.multiarray\n_reconstruct.__globals__",
        "numpy\nndarray.tofile",
        "dlbook.data._cifar\n_unpickle",
    ],
)
def test_only_three_names_are_admitted(path, name):
    data = b"\x80\x02c" + name.encode() + b"\n(Vx\ntR."
    assert "only arrays are admitted" in refused(path, data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not a pickle",
        b"\x80\x02.",  # nothing on the stack
        b"\x80\x02K\x01R.",  # calls a number
        b"\x80\x02cnumpy\nndarray\n)R.",  # calls a name
        b"\x80\x02cnumpy\ndtype\n)R.",  # without its arguments
        b"\x80\x02cnumpy.core.multiarray\n_reconstruct\n}(X\x01\x00\x00\x00aK\x01ub.",  # sets on it
        b"\x80\x02}Q.",  # persistent id
        b"\x80\x02\x82\x01.",  # extension registry
    ],
)
def test_crafted_pickles_bring_one_kind_of_error(path, data):
    assert "test_batch" in refused(path, data)


def test_a_memo_number_cannot_take_the_memory(path):
    data = b"\x80\x02}r" + struct.pack("<I", 2**31 - 1) + b"."
    assert "the number 2,147,483,647" in refused(path, data)


def test_opcodes_of_later_python_are_refused(path):
    """Among them is one that takes as much memory as the pickle says."""
    assert "newer than the archive" in refused(path, pickle.dumps({}, protocol=4))
    huge = pickle.PROTO + b"\x02" + pickle.BYTEARRAY8 + struct.pack("<Q", 2**34) + b"."
    assert "test_batch" in refused(path, huge)


def pixels(shape=(1, 3072), dtype=np.uint8):
    return np.zeros(shape, dtype=dtype)


@pytest.mark.parametrize(
    ("batch", "message"),
    [
        ([1], "must be a dict"),
        ({b"data": pixels()}, "must be a dict"),
        ({b"data": b"text", b"labels": [0]}, "must be a dict"),
        ({b"data": pixels(), b"labels": [10]}, "labels 0 to 9"),
        ({b"data": pixels(), b"labels": [True]}, "labels 0 to 9"),
        ({b"data": pixels(), b"labels": [0, 1]}, r"in shape \(2, 3072\)"),
        ({b"data": pixels((1, 10)), b"labels": [0]}, r"in shape \(1, 3072\)"),
        ({b"data": pixels(dtype=np.float64), b"labels": [0]}, "unsigned bytes"),
    ],
)
def test_batches_of_another_shape_are_refused(path, batch, message):
    path.write_bytes(tar_bytes([(TEST_BATCH, python2_pickle(batch))]))
    with pytest.raises(DataFileError, match=message):
        read_cifar10(path, "test")
