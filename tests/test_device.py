import subprocess
import sys

import pytest
import torch

from dlbook.device import device


@pytest.fixture
def machine(monkeypatch):
    """Pretend that torch finds so many accelerators of a type."""

    def have(kind, count):
        found = torch.device(kind) if kind else None
        monkeypatch.setattr(
            torch.accelerator, "current_accelerator", lambda check_available=False: found
        )
        monkeypatch.setattr(torch.accelerator, "device_count", lambda: count)

    monkeypatch.delenv("DLBOOK_DEVICE", raising=False)
    return have


@pytest.mark.parametrize(
    ("kind", "count", "wanted", "chosen"),
    [
        (None, 0, None, "cpu"),
        (None, 0, "", "cpu"),
        (None, 0, "  ", "cpu"),
        (None, 0, "cpu", "cpu"),
        ("cuda", 1, None, "cuda"),
        ("cuda", 1, "cpu", "cpu"),
        ("cuda", 1, " cuda ", "cuda"),
        ("cuda", 1, "CUDA", "cuda"),
        ("cuda", 2, "cuda:1", "cuda:1"),
        ("cuda", 1, "cuda:0", "cuda:0"),
        ("mps", 1, None, "mps"),
        ("mps", 1, "mps", "mps"),
    ],
)
def test_device(machine, monkeypatch, kind, count, wanted, chosen):
    machine(kind, count)
    if wanted is not None:
        monkeypatch.setenv("DLBOOK_DEVICE", wanted)
    assert device() == torch.device(chosen)


@pytest.mark.parametrize(
    ("kind", "count", "wanted", "sees"),
    [
        (None, 0, "cuda", "only the CPU"),
        (None, 0, "mps", "only the CPU"),
        (None, 0, "meta", "only the CPU"),
        ("cuda", 1, "cuda:1", r"1 cuda device\(s\) and the CPU"),
        ("cuda", 1, "mps", r"1 cuda device\(s\)"),
        ("mps", 1, "cuda", r"1 mps device\(s\)"),
    ],
)
def test_an_absent_device_is_named_in_one_line(machine, monkeypatch, kind, count, wanted, sees):
    machine(kind, count)
    monkeypatch.setenv("DLBOOK_DEVICE", wanted)
    with pytest.raises(
        RuntimeError, match=f"DLBOOK_DEVICE={wanted} asks for .* sees {sees}"
    ) as error:
        device()
    assert "\n" not in str(error.value) and "Unset DLBOOK_DEVICE" in str(error.value)


@pytest.mark.parametrize("wanted", ["gpu", "0", "cuda:x", "cuda:-1", "nvidia h200", "cpu,cuda"])
def test_what_is_no_device_is_refused(machine, monkeypatch, wanted):
    machine("cuda", 4)
    monkeypatch.setenv("DLBOOK_DEVICE", wanted)
    with pytest.raises(
        ValueError, match=f"DLBOOK_DEVICE='{wanted}' is not a device; expected cpu"
    ) as error:
        device()
    assert error.value.__suppress_context__  # torch's own traceback would only confuse


def test_tensors_can_live_there():
    """On this machine, whatever it has."""
    made = torch.ones(2, device=device())
    assert made.sum().item() == 2


def test_it_is_asked_anew_each_time(machine, monkeypatch):
    machine("cuda", 1)
    assert device().type == "cuda"
    monkeypatch.setenv("DLBOOK_DEVICE", "cpu")
    assert device().type == "cpu"


def test_import_starts_no_accelerator():
    code = "import dlbook.device, torch; print(torch.cuda.is_initialized())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
