"""The record of a training: sums, its table, and its way through JSON."""

import json
import math

from dlbook.training import History


def recorded(num_epochs, **kwargs):
    history = History()
    for epoch in range(num_epochs):
        history.record(
            train_loss=1 / (epoch + 1),
            learning_rate=0.1,
            num_iterations=3,
            num_examples=10,
            **kwargs,
        )
    return history


def test_it_adds_up_iterations_and_examples():
    history = recorded(3, validation={"loss": 0.5, "accuracy": 0.75, "f1": 0.5})
    assert history.num_iterations == [3, 6, 9]
    assert history.num_examples == [10, 20, 30]
    assert history.train_loss == [1, 1 / 2, 1 / 3]
    assert history.validation_loss == [0.5] * 3
    assert history.metrics == {"accuracy": [0.75] * 3, "f1": [0.5] * 3}
    assert history.num_epochs == 3


def test_what_validation_measured_is_not_changed():
    measured = {"loss": 0.5, "accuracy": 0.75}
    recorded(1, validation=measured)
    assert measured == {"loss": 0.5, "accuracy": 0.75}


def test_json_gives_it_back_bit_for_bit():
    history = recorded(2, validation={"loss": math.pi / 1e7, "accuracy": 0.1 + 0.2})
    history.best_epoch = 1
    assert History(**json.loads(json.dumps(history.to_dict()))) == history


def test_to_dict_is_a_copy():
    history = recorded(1, validation={"loss": 1.0, "accuracy": 0.5})
    history.to_dict()["metrics"]["accuracy"].append(1.0)
    assert history.metrics == {"accuracy": [0.5]}


def test_the_table_has_a_line_for_each_epoch():
    history = recorded(2, validation={"loss": 0.25, "accuracy": 0.75})
    history.best_epoch, history.stopped_early = 1, True
    head, *rows, last = repr(history).splitlines()
    assert head.split() == [
        *("epoch", "train_loss", "validation_loss", "accuracy", "learning_rate"),
        "num_iterations",
    ]
    assert [row.split() for row in rows] == [
        ["1", "1", "0.25", "0.75", "0.1", "3"],
        ["2", "0.5", "0.25", "0.75", "0.1", "6"],
    ]
    assert {len(row) for row in rows} == {len(head)}
    assert last == "best epoch: 1; stopped early"


def test_a_long_table_shows_its_ends():
    lines = repr(recorded(1000)).splitlines()
    assert [line.split()[0] for line in lines] == [
        *("epoch", "1", "2", "3", "4", "5", "6", "…"),
        *("995", "996", "997", "998", "999", "1000"),
    ]
    assert lines[-1].split()[-1] == "3000"
    assert [line.split()[0] for line in repr(recorded(12)).splitlines()[1:]] == [
        str(n) for n in range(1, 13)
    ]


def test_no_epoch():
    assert repr(History()) == "History of no epoch"
