"""Early stopping: when it stops, what it keeps, and within ``fit``."""

import math

import pytest
import torch
from torch import nn

from dlbook.training import EarlyStopping, fit


def stops_at(losses, **settings):
    """Return the epoch after which it says to stop, and the best epoch."""
    model, stopping = nn.Linear(1, 1), EarlyStopping(**settings)
    for epoch, loss in enumerate(losses, 1):
        if stopping.update(loss, model):
            return epoch, stopping.best_epoch
    return None, stopping.best_epoch


@pytest.mark.parametrize(
    ("losses", "settings", "expected"),
    [
        ([3, 2, 1], {"patience": 1}, (None, 3)),
        ([3, 3], {"patience": 1}, (2, 1)),  # as good is no improvement
        ([3, 4, 2, 2.5, 2.4, 2.3], {"patience": 3}, (6, 3)),
        ([3, 4, 2, 2.5, 2.4, 1], {"patience": 3}, (None, 6)),
        ([3, 2.9, 2.8, 2.7], {"patience": 3, "min_delta": 0.5}, (4, 1)),
        ([3, 2.8, 2.6, 2.4], {"patience": 3, "min_delta": 0.5}, (None, 4)),  # against the best
        ([3, math.nan, math.nan], {"patience": 2}, (3, 1)),
        ([math.nan, math.nan], {"patience": 2}, (2, None)),
    ],
)
def test_it_waits_as_long_as_it_should(losses, settings, expected):
    assert stops_at(losses, **settings) == expected


def test_the_best_weights_are_a_copy_and_come_back():
    model, stopping = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2)), EarlyStopping(5)
    stopping.update(1.0, model)
    best = {name: value.clone() for name, value in model.state_dict().items()}
    model(torch.randn(8, 2))  # moves the running statistics
    with torch.no_grad():
        model[0].weight.add_(1)
    stopping.update(2.0, model)
    stopping.restore(model)
    assert all(torch.equal(best[name], value) for name, value in model.state_dict().items())


def test_its_state_goes_on():
    model, stopping, other = nn.Linear(1, 1), EarlyStopping(3), EarlyStopping(3)
    for loss in (1.0, 2.0):
        stopping.update(loss, model)
    other.load_state_dict(stopping.state_dict())
    assert [other.update(2.0, model) for _ in range(2)] == [False, True]
    assert (other.best_epoch, other.best_loss) == (1, 1.0)


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"patience": 0}, ValueError, "at least 1 epoch, got 0"),
        ({"patience": 1.5}, TypeError, "whole number of epochs, got 1.5"),
        ({"patience": True}, TypeError, "whole number"),
        ({"patience": 1, "min_delta": -1}, ValueError, "min_delta must be at least 0"),
        ({"patience": 1, "min_delta": math.nan}, ValueError, "finite, got nan"),
    ],
)
def test_wrong_settings_are_refused(settings, error, message):
    with pytest.raises(error, match=message):
        EarlyStopping(**settings)


class Walk(nn.Module):
    """A weight that gradient descent moves by exactly 1 in each epoch: 0, 1, 2, …"""

    def __init__(self):
        super().__init__()
        self.place = nn.Parameter(torch.zeros(()))

    def forward(self, x):
        return self.place + 0 * x


def walked(early_stopping, epochs=20):
    """Train on a slope that goes down for ever; validate on a valley whose bottom is at 4."""
    model = Walk()

    def loss(outputs, target):
        return ((outputs - 4) ** 2).mean() if not model.training else -outputs.mean()

    batch = (torch.ones(2), torch.ones(2))
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    history = fit(
        *(model, [batch], loss, optimizer),
        epochs=epochs,
        validation=[batch],
        early_stopping=early_stopping,
    )
    return model, history


def test_fit_stops_and_keeps_the_best():
    early_stopping = EarlyStopping(3)
    model, history = walked(early_stopping)
    assert history.validation_loss == [9, 4, 1, 0, 1, 4, 9]
    assert (history.best_epoch, history.stopped_early, history.num_epochs) == (4, True, 7)
    assert model.place.item() == 4
    assert early_stopping.num_epochs == 0  # the object given can serve another run
    assert walked(early_stopping)[1] == history


def test_the_best_comes_back_also_after_the_last_epoch():
    model, history = walked(EarlyStopping(3), epochs=6)
    assert (history.best_epoch, history.stopped_early, history.num_epochs) == (4, False, 6)
    assert model.place.item() == 4


def test_without_it_the_last_weights_stay():
    model, history = walked(None, epochs=6)
    assert model.place.item() == 6
    assert history.best_epoch is None
