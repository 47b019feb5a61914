"""Checkpoints: what they hold, how they are replaced, and which are refused."""

import errno
import json
import os
import random
import signal
import stat
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import nn

import dlbook.nn as own_nn
import dlbook.optim as own_optim
from dlbook.data.loaders import batches
from dlbook.models import MLP
from dlbook.training import (
    CheckpointError,
    EarlyStopping,
    TrainingDiverged,
    _file,
    fit,
    load_checkpoint,
    save_checkpoint,
)
from dlbook.training._pack import pack, unpack
from dlbook.training._random import generators

X = np.random.default_rng(0).normal(size=(20, 3))
Y = np.arange(20) % 2


@pytest.fixture
def path(tmp_path):
    return tmp_path / "run.safetensors"


def network(activation="ReLU", hidden=(4,), layers=nn):
    return MLP(3, hidden, 2, activation=activation, layers=layers)


def trained(path=None, epochs=2, **options):
    """A network after some epochs of Adam."""
    torch.manual_seed(0)
    model = network()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    loader = batches(X, Y, 8, seed=0)
    history = fit(
        *(model, loader, nn.CrossEntropyLoss(), optimizer),
        epochs=epochs,
        checkpoint=path,
        **options,
    )
    return model, optimizer, history


def same_states(model, other):
    first, second = model.state_dict(), other.state_dict()
    return first.keys() == second.keys() and all(torch.equal(first[n], second[n]) for n in first)


def test_it_comes_back_as_it_was(path):
    model, optimizer, history = trained()
    save_checkpoint(path, model, optimizer, history=history)
    other = network()
    other_optimizer = torch.optim.Adam(other.parameters(), lr=0.01)
    assert not same_states(model, other)
    assert load_checkpoint(path, other, other_optimizer) == history
    assert same_states(model, other)
    state, other_state = optimizer.state_dict(), other_optimizer.state_dict()
    assert state["param_groups"] == other_state["param_groups"]
    assert sorted(state["state"]) == sorted(other_state["state"]) == [0, 1, 2, 3]
    for number, values in state["state"].items():
        for name, value in values.items():
            assert torch.equal(value, other_state["state"][number][name])
            assert value.dtype == other_state["state"][number][name].dtype
    with torch.no_grad():  # nothing is shared with the file or the other model
        other.network[0].weight.add_(1)
    assert not same_states(model, other)


def test_weights_alone_are_loaded_for_predictions(path):
    model, optimizer, history = trained()
    save_checkpoint(path, model, optimizer, history=history)
    before = torch.get_rng_state()
    other = network()
    after = torch.get_rng_state()
    assert not torch.equal(before, after)
    assert load_checkpoint(path, other) == history
    assert same_states(model, other)
    assert torch.equal(torch.get_rng_state(), after)  # no training goes on: no generator moves


def test_layers_of_either_package_read_the_same_file(path):
    model, optimizer, _ = trained()
    save_checkpoint(path, model, optimizer)
    other = network(layers=own_nn)
    load_checkpoint(path, other)
    assert same_states(model, other)


def test_every_generator_comes_back(path):
    loader = batches(X, Y, 8, seed=3)
    sampler = torch.utils.data.RandomSampler(Y, generator=torch.Generator().manual_seed(4))
    sampled = torch.utils.data.DataLoader(Y, 4, sampler=sampler)
    model, optimizer, _ = trained()

    def draw():
        order = [y.tolist() for _, y in loader]
        np_draw = np.random.random()  # noqa: NPY002
        return (
            random.random(),
            np_draw,
            torch.rand(3).tolist(),
            order,
            [y.tolist() for y in sampled],
        )

    draw()
    random.gauss(0, 1)  # leaves a second number in store, as NumPy's does
    np.random.normal()  # noqa: NPY002
    loaders = [loader, None, sampled]
    save_checkpoint(path, model, optimizer, loaders=loaders)
    expected = [random.gauss(0, 1), np.random.normal(), *draw(), *draw()]  # noqa: NPY002
    load_checkpoint(path, model, optimizer, loaders=loaders)
    assert [random.gauss(0, 1), np.random.normal(), *draw(), *draw()] == expected  # noqa: NPY002


def test_a_generator_that_two_loaders_share_is_kept_once():
    shared = torch.Generator()
    loaders = [
        torch.utils.data.DataLoader([1, 2], shuffle=True, generator=shared),
        torch.utils.data.DataLoader([1, 2], shuffle=True, generator=shared),
        torch.utils.data.DataLoader([1, 2], shuffle=True, generator=torch.Generator()),
        [1, 2],
    ]
    assert len(generators(loaders)) == 2


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16, torch.float16])
def test_types_and_tied_weights(path, dtype):
    def tied():
        model = nn.Sequential(nn.Embedding(5, 3), nn.Linear(3, 5, bias=False)).to(dtype)
        model[1].weight = model[0].weight
        return model

    model, other = tied(), tied()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    save_checkpoint(path, model, optimizer)
    load_checkpoint(path, other)
    assert same_states(model, other)
    assert other[1].weight is other[0].weight and other[0].weight.dtype == dtype


def schedules(package):
    """One schedule of each kind that a chapter uses, and torch's with odd states."""
    if package is torch.optim:
        package = torch.optim.lr_scheduler
        yield lambda o: package.MultiStepLR(o, [2, 3, 3])  # a Counter
    yield lambda o: package.StepLR(o, 2)
    yield lambda o: package.CosineAnnealingLR(o, 10)
    yield lambda o: package.LambdaLR(o, lambda step: 1 / (1 + step))
    yield lambda o: package.OneCycleLR(o, max_lr=0.1, total_steps=20)
    yield lambda o: package.SequentialLR(
        o, [package.LinearLR(o, total_iters=3), package.CosineAnnealingLR(o, 5)], [3]
    )


@pytest.mark.parametrize("package", [torch.optim, own_optim], ids=["torch", "dlbook"])
@pytest.mark.parametrize("name", ["SGD", "RMSprop", "Adam", "AdamW"])
def test_every_schedule_goes_on(path, package, name):
    settings = {"momentum": 0.9} if name in ("SGD", "RMSprop") else {}
    for number, make in enumerate(schedules(package)):

        def start(make=make):
            model = nn.Linear(1, 1)
            optimizer = getattr(package, name)(model.parameters(), lr=0.1, **settings)
            return model, optimizer, make(optimizer)

        def walk(model, optimizer, schedule, steps):
            for _ in range(steps):
                optimizer.zero_grad()
                (model.weight**2).sum().backward()
                optimizer.step()
                schedule.step()
                yield optimizer.param_groups[0]["lr"], model.weight.item()

        file = path.with_name(f"{number}.safetensors")
        model, optimizer, schedule = start()
        list(walk(model, optimizer, schedule, 4))
        save_checkpoint(file, model, optimizer, schedule=schedule)
        expected = list(walk(model, optimizer, schedule, 6))
        model, optimizer, schedule = start()
        load_checkpoint(file, model, optimizer, schedule=schedule)
        assert list(walk(model, optimizer, schedule, 6)) == expected


def test_states_come_through_json_as_they_were():
    value = {
        "a": [1, 2.5, None, True, "x", (1, (2, 3))],
        7: {"tensor": "not a tensor", "dict": {}},
        "numbers": [0.1 + 0.2, -0.0, 1e-320, float("inf"), 2**70],
        "counter": Counter({3: 2}),
        "numpy": np.float64(0.1),
    }
    tensors = {}
    text = json.dumps(pack(value | {"t": [torch.ones(2)]}, "state", tensors))
    found = unpack(json.loads(text), tensors)
    assert torch.equal(found.pop("t")[0], torch.ones(2))
    assert found == value and repr(found["numbers"]) == repr(value["numbers"])
    assert type(found["a"][5]) is tuple and type(found["counter"]) is Counter
    assert list(tensors) == ["state.t.0"]


def test_what_only_pickle_could_keep_is_refused(path):
    model, optimizer, _ = trained(path)
    before = path.read_bytes()
    optimizer.param_groups[0]["callback"] = print
    with pytest.raises(TypeError, match=r"callback is a builtin_function_or_method.*pickle"):
        save_checkpoint(path, model, optimizer)
    optimizer.state[model.network[0].weight] = {None: 1}
    del optimizer.param_groups[0]["callback"]
    with pytest.raises(TypeError, match="must be texts or whole numbers, got None"):
        save_checkpoint(path, model, optimizer)
    assert path.read_bytes() == before


def test_other_programs_read_its_tensors(path):
    model, _, _ = trained(path)
    with safe_open(path, "pt") as file:
        weight = file.get_tensor("model.network.0.weight")
        metadata = file.metadata()
    assert torch.equal(weight, model.network[0].weight)
    state = json.loads(metadata["state"])
    assert state["epoch"] == 2
    assert state["versions"]["torch"] == torch.__version__
    assert state["architecture"]["tensors"]["network.0.weight"] == "shape (4, 3), torch.float32"


# ---- what is refused


def test_another_architecture_is_refused_and_nothing_changes(path):
    trained(path)
    cases = [
        (network(hidden=(5,)), r"network.0.weight is shape \(4, 3\), torch.float32 in the checkpo"),
        (network(hidden=(4, 4)), "network.4.weight is not there in the checkpoint and shape"),
        (network().double(), "torch.float32 in the checkpoint and shape .4, 3., torch.float64 in"),
        (network("Tanh"), "network.1 is ReLU in the checkpoint and Tanh in the model"),
        (nn.Linear(3, 2), "a MLP of another architecture than this Linear: .* and 8 more"),
    ]
    for model, message in cases:
        before = {name: value.clone() for name, value in model.state_dict().items()}
        optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
        with pytest.raises(CheckpointError, match=message):
            load_checkpoint(path, model, optimizer)
        assert all(torch.equal(before[n], v) for n, v in model.state_dict().items())
        assert not optimizer.state


def test_another_optimizer_is_refused_and_nothing_changes(path):
    trained(path)
    model = network()
    weights, biases = [[p for p in model.parameters() if p.ndim == n] for n in (2, 1)]
    step = torch.optim.lr_scheduler.StepLR
    cases = [
        (torch.optim.SGD(model.parameters(), lr=0.01), None, "Adam of torch; the .* SGD of torch"),
        (own_optim.Adam(model.parameters(), lr=0.01), None, "given is Adam of dlbook"),
        (torch.optim.Adam(model.parameters(), lr=0.02), None, "lr is 0.01 in .* and 0.02 in the"),
        (
            torch.optim.Adam(model.parameters(), lr=0.01, betas=(0.8, 0.9)),
            None,
            r"betas is \(0.9, 0.999\) in the checkpoint and \(0.8, 0.9\)",
        ),
        (torch.optim.Adam(weights, lr=0.01), None, "hold other parameters, or in another order"),
        (torch.optim.Adam(biases + weights, lr=0.01), None, "0.bias, network.2.bias, network.0.w"),
        (torch.optim.Adam(model.parameters(), lr=0.01), step, "schedule=None; got schedule=StepLR"),
    ]
    before = [p.clone() for p in model.parameters()]
    for optimizer, make, message in cases:
        schedule = make(optimizer, 1) if make else None
        with pytest.raises(CheckpointError, match=message):
            load_checkpoint(path, model, optimizer, schedule=schedule)
        assert not optimizer.state
    assert all(torch.equal(p, q) for p, q in zip(before, model.parameters(), strict=True))


def test_other_loaders_and_early_stopping_are_refused(path):
    model, optimizer, _ = trained(path)
    with pytest.raises(CheckpointError, match=r"state of 1 generators of loaders, .* have 0"):
        load_checkpoint(path, model, optimizer)
    with pytest.raises(CheckpointError, match="early_stopping=None; got early_stopping=EarlyStop"):
        load_checkpoint(path, model, optimizer, early_stopping=EarlyStopping(1))


def test_an_optimizer_of_more_than_the_model_is_refused(path):
    model = nn.Linear(1, 1)
    optimizer = torch.optim.SGD([*model.parameters(), nn.Parameter(torch.ones(1))], lr=0.1)
    with pytest.raises(ValueError, match="parameters that are not the model's"):
        save_checkpoint(path, model, optimizer)
    assert not path.exists()


@pytest.mark.parametrize("size", [0, 4, 8, 100, -1, -200])
def test_a_file_that_was_cut_off_is_refused(path, size):
    model, optimizer, _ = trained(path)
    content = path.read_bytes()
    path.write_bytes(content[:size])
    with pytest.raises(CheckpointError, match=f"cut off|{len(content[:size])} bytes that begin"):
        load_checkpoint(path, model, optimizer)


def test_a_file_with_something_behind_is_refused(path):
    model, optimizer, _ = trained(path)
    size = path.stat().st_size
    path.write_bytes(path.read_bytes() + b"\0")
    with pytest.raises(
        CheckpointError, match=f"promises {size:,} bytes, the file has {size + 1:,}"
    ):
        load_checkpoint(path, model, optimizer)


def test_any_altered_byte_is_found(path):
    """One byte in each of 60 places: header, digest, description and tensors."""
    model, optimizer, _ = trained(path)
    before = [p.clone() for p in model.parameters()]
    content = path.read_bytes()
    for place in range(8, len(content), len(content) // 60):
        altered = bytearray(content)
        altered[place] ^= 1
        path.write_bytes(altered)
        with pytest.raises(CheckpointError):
            load_checkpoint(path, model, optimizer, loaders=[batches(X, Y, 8)])
    path.write_bytes(content)
    assert all(torch.equal(p, q) for p, q in zip(before, model.parameters(), strict=True))
    load_checkpoint(path, model, optimizer, loaders=[batches(X, Y, 8)])


def test_an_altered_tensor_is_named_as_altered(path):
    model, optimizer, _ = trained(path)
    content = bytearray(path.read_bytes())
    content[-1] ^= 128
    path.write_bytes(content)
    with pytest.raises(
        CheckpointError, match=r"altered or damaged .* SHA-256 should be [0-9a-f]{12}…"
    ):
        load_checkpoint(path, model, optimizer)


class Evil:
    """What a pickle may hold."""

    def __reduce__(self):
        return os.mkdir, ("made by a pickle",)


def test_files_of_others_are_refused_and_never_executed(path, monkeypatch):
    monkeypatch.chdir(path.parent)
    model = network()
    torch.save({"model": Evil()}, path)
    with pytest.raises(CheckpointError, match=r"torch\.save or pickle.*can execute code"):
        load_checkpoint(path, model)
    import pickle

    path.write_bytes(pickle.dumps(Evil()))
    with pytest.raises(CheckpointError, match="can execute code"):
        load_checkpoint(path, model)
    assert not Path("made by a pickle").exists()
    save_file(network().state_dict(), path)
    with pytest.raises(CheckpointError, match=r"no checkpoint of dlbook\.training.*load_file"):
        load_checkpoint(path, model)
    save_file(network().state_dict(), path, {"kind": "somebody else's"})
    with pytest.raises(CheckpointError, match="no state of a training"):
        load_checkpoint(path, model)
    for content in (b"hello, world: this is a text", b"\xff" * 50, b"\x02" + b"\0" * 7 + b"[]"):
        path.write_bytes(content)
        with pytest.raises(CheckpointError, match="no checkpoint"):
            load_checkpoint(path, model)
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("x", "y")
    with pytest.raises(CheckpointError, match="can execute code"):
        load_checkpoint(path, model)


def test_a_header_of_any_length_is_read(path):
    """A length may begin with the bytes of a pickle, 0x80 0x02, and be none."""
    seen = set()
    for extra in range(0x280 - 8 * 40, 0x280 + 8, 8):
        _file.write(path, {}, {"x": "y" * extra})
        seen.add(path.read_bytes()[:2])
        assert _file.read(path) == ({}, {"x": "y" * extra})
    assert b"\x80\x02" in seen


def test_a_newer_version_is_refused(path, monkeypatch):
    model, optimizer, _ = trained()
    monkeypatch.setattr(_file, "VERSION", 2)
    save_checkpoint(path, model, optimizer)
    monkeypatch.undo()
    with pytest.raises(CheckpointError, match=r"has version 2 .* reads version 1\. Update dlbook"):
        load_checkpoint(path, model, optimizer)


def test_a_sound_file_with_other_content_is_refused(path):
    """Digest and version are right, and still something is missing."""
    _file.write(path, {}, {"history": {}})
    with pytest.raises(CheckpointError, match="does not hold what it should: KeyError"):
        load_checkpoint(path, network())


def test_a_missing_file_is_told_as_such(path):
    with pytest.raises(FileNotFoundError, match=r"run\.safetensors"):
        load_checkpoint(path, network())


# ---- how it is replaced


def test_it_is_on_the_disk_before_it_gets_its_name(path, monkeypatch):
    model, optimizer, _ = trained(path)
    done = []
    fsync, replace = os.fsync, os.replace

    def logged_fsync(descriptor):
        done.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
        fsync(descriptor)

    def logged_replace(source, target):
        done.append("rename")
        assert Path(source).parent == Path(target).parent  # one file system: one step
        assert _file.read(Path(source))  # complete
        replace(source, target)

    monkeypatch.setattr(os, "fsync", logged_fsync)
    monkeypatch.setattr(os, "replace", logged_replace)
    save_checkpoint(path, model, optimizer, loaders=[batches(X, Y, 8)])
    folder = ["folder"] if os.name == "posix" else []  # others cannot bring a folder to the disk
    assert done == ["file", "rename", *folder]


FAULTS = {
    "full disk": OSError(errno.ENOSPC, "No space left on device"),
    "input/output error": OSError(errno.EIO, "Input/output error"),
    "Ctrl-C": KeyboardInterrupt(),
    "out of memory": MemoryError(),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("place", ["fsync", "replace"])
def test_a_write_that_fails_leaves_the_old_one_and_nothing_else(path, monkeypatch, fault, place):
    model, optimizer, history = trained(path)
    before = path.read_bytes()

    def fail(*_):
        raise FAULTS[fault]

    monkeypatch.setattr(os, place, fail)
    with pytest.raises(type(FAULTS[fault])) as caught:
        save_checkpoint(path, model, optimizer)
    monkeypatch.undo()
    if isinstance(caught.value, OSError):
        assert caught.value.errno == FAULTS[fault].errno
        assert "the one before, if any, is as it was" in str(caught.value)
        assert str(path) in str(caught.value)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]
    assert load_checkpoint(path, model, optimizer, loaders=[batches(X, Y, 8)]) == history


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full is a device of Linux")
def test_a_disk_that_is_really_full(path, monkeypatch):
    """The temporary file's bytes go to a device that is always full."""
    model, optimizer, _ = trained(path)
    before, plain_open = path.read_bytes(), Path.open

    def to_full_disk(self, mode="r", *args, **kwargs):
        if mode != "xb":
            return plain_open(self, mode, *args, **kwargs)
        self.touch()
        return plain_open(Path("/dev/full"), "wb")

    monkeypatch.setattr(Path, "open", to_full_disk)
    with pytest.raises(OSError, match=r"cannot write the checkpoint of [0-9,]+ bytes") as caught:
        save_checkpoint(path, model, optimizer)
    assert caught.value.errno == errno.ENOSPC
    monkeypatch.undo()
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_a_place_that_cannot_be_written_is_found_before_training(tmp_path):
    (tmp_path / "file").touch()
    calls = []
    model = network()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for place, error in [("file/run.safetensors", OSError), ("", IsADirectoryError)]:
        with pytest.raises(error):
            fit(
                *(model, batches(X, Y, 8), lambda *a: calls.append(a), optimizer),
                epochs=1,
                checkpoint=tmp_path / place,
            )
    assert calls == []


def test_folders_are_made_and_links_are_followed(tmp_path):
    target = tmp_path / "deep" / "er" / "run.safetensors"
    model, optimizer, _ = trained(target)
    link = tmp_path / "link.safetensors"
    try:
        link.symlink_to(target)
    except OSError:
        pytest.skip("this user may not make links")
    old = target.read_bytes()
    save_checkpoint(link, model, optimizer)
    assert link.is_symlink() and target.read_bytes() != old
    assert [file.name for file in target.parent.iterdir()] == ["run.safetensors"]


def test_the_file_has_the_rights_that_the_user_gives(path):
    umask = os.umask(0o027)
    try:
        trained(path)
    finally:
        os.umask(umask)
    if os.name == "posix":
        assert path.stat().st_mode & 0o777 == 0o640


# ---- within fit


def test_resumed_in_any_epoch_it_is_the_whole_training(path):
    model, _, history = trained(epochs=4)
    for stop in (1, 2, 3, 4):
        file = path.with_name(f"{stop}.safetensors")
        trained(file, epochs=stop)
        other, _, resumed = trained(file, epochs=4, resume=True)
        assert resumed == history
        assert same_states(model, other)


def test_resume_begins_where_there_is_nothing_yet(path):
    model, _, history = trained()
    other, _, resumed = trained(path, resume=True)
    assert resumed == history and same_states(model, other)


def test_early_stopping_goes_on_and_its_end_is_an_end(path):
    def run(path, epochs, patience=2, **options):
        return trained(
            path,
            epochs=epochs,
            validation=[(torch.zeros(4, 3) + 5, torch.tensor([0, 1, 0, 1]))],
            early_stopping=EarlyStopping(patience, min_delta=10.0),  # only the first epoch counts
            **options,
        )

    model, _, history = run(None, 9)
    assert (history.num_epochs, history.best_epoch, history.stopped_early) == (3, 1, True)
    run(path, 2)
    other, _, resumed = run(path, 9, resume=True)
    assert resumed == history and same_states(model, other)
    other, _, again = run(path, 9, resume=True)  # there is nothing left to do
    assert again == history and same_states(model, other)
    _, _, longer = run(path, 9, patience=4, resume=True)
    assert longer.num_epochs == 5


def test_a_checkpoint_is_not_written_over_by_mistake(path):
    trained(path)
    before = path.read_bytes()
    with pytest.raises(FileExistsError, match="resume=True, to start anew remove it"):
        trained(path)
    assert path.read_bytes() == before


def test_fewer_epochs_or_other_batches_are_refused_and_nothing_changes(path):
    trained(path, epochs=3)
    model = network()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    before = model.network[0].weight.clone()
    common = {"checkpoint": path, "resume": True}
    with pytest.raises(ValueError, match=r"is of epoch 3, but epochs=2: it is the number of all"):
        fit(model, batches(X, Y, 8), nn.CrossEntropyLoss(), optimizer, epochs=2, **common)
    with pytest.raises(ValueError, match="with 3 batches an epoch, the loader has 5"):
        fit(model, batches(X, Y, 4), nn.CrossEntropyLoss(), optimizer, epochs=4, **common)
    assert torch.equal(model.network[0].weight, before) and not optimizer.state


def test_a_diverged_training_leaves_the_last_good_checkpoint(path):
    _, _, history = trained(path)
    before = path.read_bytes()
    model = network()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    bad = batches(np.where(X > 1.2, np.inf, X), Y, 8, seed=0)
    assert (X > 1.2).any()
    with pytest.raises(TrainingDiverged) as caught:
        fit(
            *(model, bad, nn.CrossEntropyLoss(), optimizer),
            epochs=4,
            checkpoint=path,
            resume=True,
        )
    assert caught.value.epoch == 3 and caught.value.history == history
    assert path.read_bytes() == before


def interrupted_at(number):
    """A loss that gets a real Ctrl-C in one of its calls."""
    calls = 0

    def loss(outputs, target):
        nonlocal calls
        calls += 1
        if calls == number:
            signal.raise_signal(signal.SIGINT)
        return nn.functional.cross_entropy(outputs, target)

    return loss


def run_with(loss, path):
    torch.manual_seed(0)
    model = network()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    loader = batches(X, Y, 8, seed=0)
    history = fit(model, loader, loss, optimizer, epochs=4, checkpoint=path, resume=True)
    return model, history


def test_ctrl_c_keeps_the_last_epoch(path):
    """Three batches an epoch; Ctrl-C comes in the second of epoch 3."""
    with pytest.raises(KeyboardInterrupt):
        run_with(interrupted_at(8), path)
    assert list(path.parent.iterdir()) == [path]
    assert load_checkpoint(path, network()).num_epochs == 2
    model, history = run_with(interrupted_at(None), path)
    expected, whole = run_with(interrupted_at(None), path.with_name("whole.safetensors"))
    assert history == whole
    assert same_states(model, expected)


def test_after_ctrl_c_the_same_objects_can_go_on(path):
    """As in a notebook, where the cell is run again: half an epoch has moved everything."""

    def start():
        torch.manual_seed(0)
        model = network()
        optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
        schedule = torch.optim.lr_scheduler.StepLR(optimizer, 4)
        return model, batches(X, Y, 8, seed=0), optimizer, schedule

    def run(model, loader, optimizer, schedule, loss, path):
        return fit(
            *(model, loader, loss, optimizer),
            epochs=4,
            schedule=schedule,
            schedule_every="iteration",
            checkpoint=path,
            resume=True,
        )

    objects = start()
    with pytest.raises(KeyboardInterrupt):
        run(*objects, interrupted_at(8), path)
    history = run(*objects, interrupted_at(None), path)
    others = start()
    assert history == run(*others, interrupted_at(None), path.with_name("whole.safetensors"))
    assert same_states(objects[0], others[0])
