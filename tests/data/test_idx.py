import gzip
import struct
import tracemalloc

import numpy as np
import pytest
from data_helpers import idx_bytes
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from dlbook.data._idx import read_idx
from dlbook.data._untrusted import DataFileError

TYPES = ["u1", "i1", "<i2", "<i4", "<f4", "<f8"]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "file.gz"


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    array=hnp.arrays(
        dtype=st.sampled_from(TYPES),
        shape=hnp.array_shapes(min_dims=1, max_dims=5, min_side=1, max_side=6),
    )
)
def test_roundtrip(path, array):
    path.write_bytes(idx_bytes(array))
    read = read_idx(path)
    assert read.dtype == array.dtype and read.dtype.isnative and read.shape == array.shape
    np.testing.assert_array_equal(read, array)
    assert read.flags.writeable


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    array=hnp.arrays("u1", hnp.array_shapes(max_dims=3, max_side=6)),
    data=st.data(),
)
def test_any_altered_or_shortened_file_is_refused_or_read_as_bytes_say(path, array, data):
    """No input makes the reader raise anything but its own error."""
    content = bytearray(gzip.decompress(idx_bytes(array)))
    position = data.draw(st.integers(0, len(content) - 1))
    content[position] = data.draw(st.integers(0, 255))
    path.write_bytes(gzip.compress(bytes(content[: data.draw(st.integers(0, len(content)))])))
    try:
        read = read_idx(path)
    except DataFileError as error:
        assert str(path) in str(error)
    else:
        assert read.size >= 1


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=200))
def test_any_bytes_are_refused_by_our_own_error(path, content):
    path.write_bytes(content)
    with pytest.raises(DataFileError):
        read_idx(path)


def header(code, *dims, num_dims=None):
    count = len(dims) if num_dims is None else num_dims
    return bytes([0, 0, code, count]) + struct.pack(f">{len(dims)}I", *dims)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "header ends after 0 of 4"),
        (b"\1\0\x08\1" + b"\0" * 8, "starts with 01 00 08 01"),
        (header(0x0A, 1) + b"a", "starts with 00 00 0a 01"),
        (header(0x08), "starts with 00 00 08 00"),
        (header(0x08, 1, num_dims=255), "starts with 00 00 08 ff"),
        (header(0x08, 1, num_dims=3), "header ends after 4 of 12"),
        (header(0x08, 5) + b"abc", "ends after 3 of 5 promised"),
        (header(0x08, 2) + b"abc", "goes on after the 2 bytes"),
        (header(0x0C, 2) + b"abcd", "ends after 4 of 8 promised"),
        (header(0x08, 0), "promises 0 items"),
        (header(0x08, 0, 2**32 - 1), "promises 0 × 4294967295 items"),
        (header(0x08, 2**31), "promises 2147483648 items"),
        (header(0x08, 2**16, 2**16, 2**16, 2**16) + b"a", "promises 65536 × 65536"),
    ],
)
def test_malformed(path, content, message):
    path.write_bytes(gzip.compress(content))
    with pytest.raises(DataFileError, match=message):
        read_idx(path)


def test_a_promise_of_much_takes_no_memory(path):
    path.write_bytes(gzip.compress(header(0x08, 2**31)))
    tracemalloc.start()
    try:
        with pytest.raises(DataFileError):
            read_idx(path)
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()


def test_a_gzip_bomb_is_not_unpacked(path):
    """The header speaks of 10 bytes; 200 MB of zeros follow and stay packed."""
    path.write_bytes(gzip.compress(header(0x08, 10) + b"\0" * 10 + bytes(200 * 2**20)))
    tracemalloc.start()
    try:
        with pytest.raises(DataFileError, match="goes on after the 10 bytes"):
            read_idx(path)
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("damage", ["truncated", "checksum", "not gzip"])
def test_damaged_gzip(path, damage):
    content = idx_bytes(np.arange(50, dtype=np.uint8))
    path.write_bytes(
        {
            "truncated": content[:-12],
            "checksum": content[:-8] + b"\0\0\0\0" + content[-4:],
            "not gzip": b"<!DOCTYPE html>",
        }[damage]
    )
    with pytest.raises(DataFileError, match="not a sound gzip file"):
        read_idx(path)
