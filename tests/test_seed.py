import random
import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dlbook.seed import base_seed, generator, rng, seed_everything, seeds


@pytest.fixture
def base(monkeypatch):
    """Set DLBOOK_SEED; None removes it."""

    def choose(text):
        if text is None:
            monkeypatch.delenv("DLBOOK_SEED", raising=False)
        else:
            monkeypatch.setenv("DLBOOK_SEED", text)

    choose(None)
    return choose


@pytest.fixture(autouse=True)
def leave_the_global_generators_alone():
    states = random.getstate(), np.random.get_state(), torch.get_rng_state()  # noqa: NPY002
    yield
    random.setstate(states[0])
    np.random.set_state(states[1])  # noqa: NPY002
    torch.set_rng_state(states[2])


@pytest.mark.parametrize(
    ("text", "seed"), [(None, 0), ("", 0), ("  ", 0), ("7", 7), (" 7 ", 7), ("007", 7)]
)
def test_base_seed(base, text, seed):
    base(text)
    assert base_seed() == seed


@pytest.mark.parametrize(
    "text", ["-1", "1.0", "one", "1e3", "0x1", "1_000", "+1", "٣", "²", "4000001", "9" * 5000]
)
def test_a_base_seed_that_is_no_whole_number_is_refused(base, text):
    base(text)
    with pytest.raises(ValueError, match="DLBOOK_SEED must be a whole number from 0 to 4,000,000"):
        base_seed()


@given(
    st.integers(0, 4_000_000),
    st.integers(0, 4_000_000),
    st.integers(1, 1000),
    st.integers(0, 999),
)
def test_seeds_are_different_and_those_of_two_bases_never_meet(one, two, count, offset):
    offset = min(offset, 1000 - count)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DLBOOK_SEED", str(one))
        mine = seeds(count, offset=offset)
        patch.setenv("DLBOOK_SEED", str(two))
        theirs = seeds(1000)
    assert len(set(mine)) == count and all(0 <= seed < 2**32 for seed in mine)
    if one != two:
        assert not set(mine) & set(theirs)
    else:
        assert mine == theirs[offset : offset + count]


def test_fresh_seeds_are_fresh(base):
    assert not set(seeds(10)) & set(seeds(10, offset=10))
    assert seeds(np.int64(2)) == [0, 1]
    base("3")
    assert seeds(3, offset=2) == [3002, 3003, 3004]


def test_generators_repeat_and_move_with_the_base_seed(base):
    for make, draw in (
        (rng, lambda g: g.random()),
        (generator, lambda g: torch.rand(1, generator=g).item()),
    ):
        assert draw(make(5)) == draw(make(5)) != draw(make(6))
        default = draw(make())
        assert default == draw(make(None)) == draw(make(seeds(1)[0]))
        base("1")
        assert draw(make()) == draw(make(1000)) != default
        base(None)


def test_generators_leave_the_global_ones_alone():
    torch.manual_seed(0)
    before = torch.get_rng_state()
    generator(3)
    rng(3).random()
    assert torch.equal(before, torch.get_rng_state())


def test_generator_is_on_the_cpu_so_that_every_device_sees_the_same_numbers():
    assert generator(3).device.type == "cpu"


def draws():
    layer = torch.nn.Linear(2, 2)
    return random.random(), np.random.rand(), torch.rand(1).item(), layer.weight.sum().item()  # noqa: NPY002


def test_seed_everything_seeds_all_three():
    assert seed_everything(3) == 3
    first = draws()
    assert seed_everything(np.int64(3)) == 3
    assert draws() == first
    seed_everything(4)
    assert all(a != b for a, b in zip(draws(), first, strict=True))


def test_seed_everything_without_a_seed_takes_the_first(base):
    base("2")
    assert seed_everything() == 2000 == seeds(1)[0]


@pytest.mark.parametrize("seed", [2**32, 2**63 - 1])
def test_large_seeds_work_everywhere(seed):
    seed_everything(seed)
    assert generator(seed).initial_seed() == seed
    rng(seed)


@pytest.mark.parametrize("take", [rng, generator, seed_everything, seeds])
@pytest.mark.parametrize("seed", ["1", 1.0, True, np.float64(2), [1], 1j])
def test_a_seed_that_is_no_integer_is_refused(take, seed):
    with pytest.raises(TypeError, match="must be a whole number, got"):
        take(seed)


@pytest.mark.parametrize("take", [rng, generator, seed_everything])
@pytest.mark.parametrize("seed", [-1, 2**63, 10**40])
def test_a_seed_out_of_range_is_refused(take, seed):
    with pytest.raises(ValueError, match=f"seed must be at least 0 and below 2⁶³, got {seed}"):
        take(seed)


@pytest.mark.parametrize(
    ("count", "offset", "words"),
    [
        (0, 0, "num_seeds must be at least 1.*got 0"),
        (-3, 0, "num_seeds must be at least 1.*got -3"),
        (1, -1, "offset must be at least 0.*got -1"),
        (1001, 0, "one base seed has 1000 seeds; asked for 1001 after the first 0"),
        (1, 1000, "asked for 1 after the first 1000"),
    ],
)
def test_counts_that_cannot_be_are_refused(count, offset, words):
    with pytest.raises(ValueError, match=words):
        seeds(count, offset=offset)


def test_processes_agree():
    code = (
        "from dlbook.seed import rng, generator; import torch; "
        "print(rng(5).random(), torch.rand(1, generator=generator(5)).item())"
    )
    runs = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        for _ in range(2)
    ]
    here = f"{rng(5).random()} {torch.rand(1, generator=generator(5)).item()}"
    assert runs[0].stdout.strip() == runs[1].stdout.strip() == here
