"""Run as a script: train in processes that are killed, resume, and report what came out.

Each training is a fork of this process, so that torch is imported once. A child kills itself with
SIGKILL at an exact place, or is killed by its parent after a number of iterations, wherever it
then is. Prints one JSON object: for each scenario, how often it was killed and what is left.
"""

import hashlib
import json
import os
import pathlib
import random
import signal
import stat
import sys
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

import dlbook.optim as own
from dlbook.models import MLP
from dlbook.training import EarlyStopping, fit
from dlbook.training import _file as checkpoint_file
from dlbook.training._file import read

EPOCHS, BATCHES = 5, 6


class Noisy(Dataset):
    """Examples that are changed at random whenever they are taken, by each global generator."""

    def __init__(self):
        numbers = np.random.default_rng(0)
        self.x = torch.tensor(numbers.normal(size=(40, 5)), dtype=torch.float32)
        self.y = torch.tensor(numbers.integers(0, 3, 40))

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        noise = random.gauss(0, 0.1) + np.random.normal(0, 0.1)  # noqa: NPY002
        return self.x[i] + noise + 0.1 * torch.randn(5), self.y[i]


def die():
    """Leave as if the power had failed."""
    os.kill(os.getpid(), signal.SIGKILL)


class Loss(nn.CrossEntropyLoss):
    """The loss; counts its calls in training, tells the parent, and dies at one of them."""

    def __init__(self, at=None, tell=None):
        super().__init__()
        self.left, self.tell = at, tell

    def forward(self, outputs, target):
        if outputs.requires_grad:
            if self.tell is not None:
                os.write(self.tell, b".")
            if self.left is not None:
                self.left -= 1
                if self.left == 0:
                    die()
        return super().forward(outputs, target)


def train(setting, path, resume=True, loss=None):
    """Train with everything that has a state."""
    torch.manual_seed(7)
    random.seed(7)
    np.random.seed(7)  # noqa: NPY002
    body = MLP(5, [12], 6)
    model = nn.Sequential(body, nn.BatchNorm1d(6), nn.Dropout(0.3), nn.Linear(6, 3))
    package = torch.optim if setting == "torch" else own
    schedules = torch.optim.lr_scheduler if setting == "torch" else own
    if setting == "sgd":
        optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9, nesterov=True)
        schedule = torch.optim.lr_scheduler.MultiStepLR(optimizer, [1, 3])
    else:
        optimizer = package.AdamW(
            [
                {"params": body.parameters(), "lr": 0.02},
                {"params": model[1:].parameters(), "weight_decay": 0.1},
            ],
            amsgrad=True,
        )
        schedule = schedules.OneCycleLR(optimizer, max_lr=0.05, total_steps=EPOCHS * BATCHES)
    loader = DataLoader(Noisy(), 7, shuffle=True, generator=torch.Generator().manual_seed(1))
    history = fit(
        *(model, loader, loss or Loss(), optimizer),
        epochs=EPOCHS,
        validation=DataLoader(Noisy(), 16),
        schedule=schedule,
        schedule_every="epoch" if setting == "sgd" else "iteration",
        clip_norm=1.0,
        early_stopping=EarlyStopping(2 * EPOCHS),
        checkpoint=path,
        resume=resume and path is not None,
    )
    return model, history


def fork(action):
    """Run an action in a child; return the child's number."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        action()
        code = 0
    finally:
        os._exit(code)


def ended(child):
    """Wait for a child; tell whether it was killed, and pass an error on."""
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return True
    if os.WEXITSTATUS(status):
        sys.exit("a training failed")
    return False


def at_iteration(number):
    """Die in the forward pass of an iteration, counted from the start of the process."""
    return lambda setting, path: train(setting, path, loss=Loss(at=number))


def while_writing(place, nth):
    """Die at a place within the nth write of a checkpoint."""

    def run(setting, path):
        count = 0

        def now(after=lambda: None):
            nonlocal count
            count += 1
            if count == nth:
                after()
                die()

        plain_open, fsync, replace = pathlib.Path.open, os.fsync, os.replace

        def half(self, mode="r", *args, **kwargs):
            file = plain_open(self, mode, *args, **kwargs)
            if mode == "xb":
                whole = file.write

                def write(content):
                    now(lambda: (whole(content[: len(content) // 2]), file.flush()))
                    return whole(content)

                file = Proxy(file, write)
            return file

        def before_fsync(descriptor):
            if stat.S_ISREG(os.fstat(descriptor).st_mode):
                now()
            fsync(descriptor)

        def before_rename(*names):
            now()
            replace(*names)

        def after_rename(*names):
            replace(*names)
            now()

        if place == "half written":
            pathlib.Path.open = half
        elif place == "before fsync":
            checkpoint_file.os.fsync = before_fsync
        else:
            checkpoint_file.os.replace = before_rename if place == "before rename" else after_rename
        train(setting, path)

    return run


class Proxy:
    """A file whose ``write`` is another one."""

    def __init__(self, file, write):
        self.file, self.write = file, write

    def __enter__(self):
        self.file.__enter__()
        return self

    def __exit__(self, *error):
        return self.file.__exit__(*error)

    def __getattr__(self, name):
        return getattr(self.file, name)


def from_outside(iterations):
    """Be killed by the parent once it has heard of so many iterations."""

    def run(setting, path):
        reading, writing = os.pipe()
        child = fork(lambda: train(setting, path, loss=Loss(tell=writing)))
        os.close(writing)
        for _ in range(iterations):
            os.read(reading, 1)
        os.kill(child, signal.SIGKILL)
        killed = ended(child)
        os.close(reading)
        if killed:
            die()

    return run


WRITES = ("half written", "before fsync", "before rename", "after rename")
SCENARIOS = {
    "in the first iteration": [at_iteration(1)],
    "in the middle of an epoch": [at_iteration(2 * BATCHES + 3)],
    "at an epoch's end": [at_iteration(3 * BATCHES)],
    "twice in one epoch": [at_iteration(BATCHES + 4), at_iteration(2)],
    "in each epoch": [at_iteration(BATCHES + n) for n in (1, 3, 2, 6)],
    **{f"{place}, first": [while_writing(place, 1)] for place in WRITES},
    **{f"{place}, fourth": [while_writing(place, 4)] for place in WRITES},
    "at every place of a write in turn": [while_writing(place, 2) for place in WRITES],
    "from outside": [from_outside(n) for n in (3, 8, 11)],
}

SOME = ("in each epoch", "at every place of a write in turn")  # for further optimizers


def content(path):
    """Return all that a checkpoint holds, as one digest."""
    tensors, description = read(path)
    digest = hashlib.sha256(json.dumps(description, sort_keys=True).encode())
    for name in sorted(tensors):
        digest.update(name.encode() + tensors[name].numpy().tobytes())
    return digest.hexdigest()


def result(setting, path, out):
    """Train to the end; write down the weights, the record and the checkpoint's content."""
    model, history = train(setting, path)
    weights = b"".join(p.detach().numpy().tobytes() for p in model.state_dict().values())
    found = {
        "weights": hashlib.sha256(weights).hexdigest(),
        "history": history.to_dict(),
        "checkpoint": content(path) if path else None,
    }
    out.write_text(json.dumps(found), encoding="utf8")


def warm_up():
    """Load what torch loads at the first step, once for all children; no backward before a fork."""
    weight = nn.Parameter(torch.zeros(1))
    weight.grad = torch.zeros(1)
    torch.optim.AdamW([weight]).step()


def main(folder):
    """Run all scenarios."""
    torch.set_num_threads(1)
    checkpoint_file.os.fsync = lambda _: None  # slow, and of use only when the power fails
    warm_up()
    report = {}
    for setting in ("torch", "dlbook", "sgd"):
        out = folder / f"{setting}.json"
        for name, path in [("plain", None), ("never", folder / setting / "never.safetensors")]:
            ended(fork(partial(result, setting, path, out)))
            report[f"{setting}: {name}"] = {"found": json.loads(out.read_text(encoding="utf8"))}
        for number, (name, kills) in enumerate(SCENARIOS.items()):
            if setting != "torch" and name not in SOME:
                continue
            path = folder / setting / f"{number}" / "run.safetensors"
            killed, epochs = 0, []
            for kill in kills:
                killed += ended(fork(partial(kill, setting, path)))
                epochs.append(read(path)[1]["epoch"] if path.exists() else None)
            left = len(list(path.parent.iterdir())) - path.exists()
            ended(fork(partial(result, setting, path, out)))
            report[f"{setting}: {name}"] = {
                "killed": killed,
                "epochs": epochs,
                "left": left,
                "found": json.loads(out.read_text(encoding="utf8")),
                "files": sorted(file.name for file in path.parent.iterdir()),
            }
    print(json.dumps(report))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
