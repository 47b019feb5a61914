"""The loaders: files in, tables out."""

import re
import subprocess
import sys

import numpy as np
import pytest
from data_helpers import answer, cifar_batch, files_in, idx_bytes, tar_bytes

from dlbook.data._registry import DATASETS
from dlbook.data.download import DataFileError, cifar10, fashion_mnist, mnist, tiny_shakespeare


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
