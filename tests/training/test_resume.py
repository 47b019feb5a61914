"""A resumed training is the uninterrupted one, also where loaders and models have state."""

import random
from functools import partial

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import (
    ConcatDataset,
    DataLoader,
    Dataset,
    Sampler,
    Subset,
    TensorDataset,
)

from dlbook.training import CheckpointError, fit, load_checkpoint, save_checkpoint
from dlbook.training._random import generators, stateful


class Noisy(Dataset):
    """Examples with noise from a generator of the data set's own."""

    def __init__(self, draw, **generator):
        self.draw = draw
        self.tools = generator  # in a dict, where it must be looked for

    def __len__(self):
        return 8

    def __getitem__(self, i):
        x = torch.full((2,), i / 8) + self.draw(**self.tools)
        return x, x.sum(0, keepdim=True)


def torch_noise():
    return Noisy(lambda g: torch.randn(2, generator=g), g=torch.Generator().manual_seed(3))


def numpy_noise(bits=np.random.PCG64):
    return Noisy(lambda g: float(g.normal()), g=np.random.Generator(bits(3)))


def old_numpy_noise():
    return Noisy(lambda g: float(g.normal()), g=np.random.RandomState(3))


def python_noise():
    return Noisy(lambda g: g.gauss(0, 1), g=random.Random(3))


class Method(Dataset):
    """A data set whose transform is a method of a generator, given as a part of a call."""

    def __init__(self):
        self.transform = partial(np.random.default_rng(3).normal, 0.0)

    def __len__(self):
        return 8

    def __getitem__(self, i):
        x = torch.full((2,), i / 8) + float(self.transform())
        return x, x.sum(0, keepdim=True)


class Counting(Sampler):
    """A sampler that starts elsewhere in each epoch, and can say where it is."""

    def __init__(self):
        self.epoch = 0

    def __len__(self):
        return 8

    def __iter__(self):
        self.epoch += 1
        return iter([(i * 3 + self.epoch) % 8 for i in range(8)])

    def state_dict(self):
        return {"epoch": self.epoch}

    def load_state_dict(self, state):
        self.epoch = state["epoch"]


class Growing(list):
    """A loader with one batch more in each epoch."""

    def __init__(self):
        super().__init__([(torch.ones(2, 2) * i, torch.ones(2, 1)) for i in range(6)])
        self.epoch = 0

    def __len__(self):
        return min(6, self.epoch + 2)

    def __iter__(self):
        found = [self[i] for i in range(len(self))]
        self.epoch += 1
        return iter(found)

    state_dict, load_state_dict = Counting.state_dict, Counting.load_state_dict


class Mask(nn.Module):
    """A model with a buffer that no state_dict holds, and one that grows."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(2, 1)
        self.register_buffer("seen", torch.zeros(1), persistent=False)
        self.register_buffer("all", None, persistent=False)

    def forward(self, x):
        if self.training:
            self.seen += 1
            self.all = self.seen if self.all is None else torch.cat([self.all, self.seen])
        return self.linear(x) * (1 + self.seen / 100) + self.all.sum() / 1000


def plain():
    return nn.Linear(2, 1)


def examples():
    x = torch.arange(16.0).reshape(8, 2) / 16
    return TensorDataset(x, x.sum(1, keepdim=True))


CASES = {
    "torch.Generator": (plain, lambda: DataLoader(torch_noise(), 4)),
    "below Subset": (plain, lambda: DataLoader(Subset(torch_noise(), range(8)), 4)),
    "below two": (plain, lambda: DataLoader(ConcatDataset([Subset(numpy_noise(), [1, 5])] * 2))),
    "PCG64": (plain, lambda: DataLoader(numpy_noise(), 4)),
    "MT19937": (plain, lambda: DataLoader(numpy_noise(np.random.MT19937), 4)),
    "Philox": (plain, lambda: DataLoader(numpy_noise(np.random.Philox), 4)),
    "SFC64": (plain, lambda: DataLoader(numpy_noise(np.random.SFC64), 4)),
    "RandomState": (plain, lambda: DataLoader(old_numpy_noise(), 4)),
    "random.Random": (plain, lambda: DataLoader(python_noise(), 4)),
    "a method": (plain, lambda: DataLoader(Method(), 4)),
    "a sampler that counts": (plain, lambda: DataLoader(examples(), 4, sampler=Counting())),
    "a loader that grows": (plain, Growing),
    "buffers that no state_dict holds": (Mask, lambda: DataLoader(examples(), 4)),
}


def train(model_of, loader_of, epochs, path=None):
    torch.manual_seed(0)
    model = model_of()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    history = fit(
        *(model, loader_of(), nn.MSELoss(), optimizer),
        epochs=epochs,
        checkpoint=path,
        resume=path is not None,
    )
    return model, history


@pytest.mark.parametrize("name", CASES)
def test_interrupted_after_each_epoch_it_is_the_same_training(name, tmp_path):
    model, history = train(*CASES[name], epochs=4)
    assert len(set(history.train_loss)) == 4
    path = tmp_path / "run.safetensors"
    for epochs in (1, 2, 4):
        other, resumed = train(*CASES[name], epochs=epochs, path=path)
    assert resumed == history
    for (key, value), found in zip(
        model.state_dict().items(), other.state_dict().values(), strict=True
    ):
        assert torch.equal(value, found), key
    for value, found in zip(model.buffers(), other.buffers(), strict=True):
        assert torch.equal(value, found)


def test_workers_that_live_on_are_refused(tmp_path):
    loader = DataLoader(examples(), 4, num_workers=1, persistent_workers=True)
    path = tmp_path / "run.safetensors"
    with pytest.raises(ValueError, match="make the DataLoader with persistent_workers=False"):
        train(plain, lambda: loader, 1, path)
    model = plain()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    with pytest.raises(ValueError, match="persistent_workers=False"):
        save_checkpoint(path, model, optimizer, loaders=[loader])
    assert not path.exists()
    save_checkpoint(path, model, optimizer, loaders=[DataLoader(examples(), 4)])
    with pytest.raises(ValueError, match=r"^a checkpoint cannot hold .* persistent_workers=False"):
        load_checkpoint(path, model, optimizer, loaders=[loader])


def test_other_generators_or_samplers_are_refused(tmp_path):
    path = tmp_path / "run.safetensors"
    train(plain, lambda: DataLoader(numpy_noise(), 4), 1, path)
    with pytest.raises(CheckpointError, match=r"have 1: Generator there, Random here"):
        train(plain, lambda: DataLoader(python_noise(), 4), 2, path)
    with pytest.raises(CheckpointError, match="have 1: none there, Counting here"):
        train(plain, lambda: DataLoader(numpy_noise(), 4, sampler=Counting()), 2, path)


def test_a_length_that_is_another_is_refused_when_the_state_is_back(tmp_path):
    path = tmp_path / "run.safetensors"
    train(plain, Growing, 2, path)

    class Stuck(Growing):
        def load_state_dict(self, state):
            pass

    Stuck.__name__ = "Growing"
    with pytest.raises(ValueError, match="made with 4 batches an epoch, the loader has 2"):
        train(plain, Stuck, 3, path)


def test_what_is_looked_through():
    """Circles end, examples in a long list are left alone, models keep their own state."""
    data = torch_noise()
    data.itself = data
    data.many = [np.random.default_rng(i) for i in range(1001)]
    data.model = nn.Linear(1, 1)
    data.secure = random.SystemRandom()
    loader = DataLoader(data, 4)
    assert generators([loader, loader, None]) == [data.tools["g"]]
    assert stateful([loader]) == []
