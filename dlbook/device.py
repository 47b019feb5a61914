"""Which device the book runs on: a GPU where there is one, else the CPU.

Chapter: book/how-to-use.md
"""

import os

import torch

__all__ = ["device"]


def device() -> torch.device:
    """Return the accelerator that torch finds, else the CPU; ``DLBOOK_DEVICE`` overrides.

    Returns
    -------
    torch.device
        ``cuda``, ``mps``, … as named by ``torch.accelerator``, or ``cpu``.

    Raises
    ------
    RuntimeError
        If ``DLBOOK_DEVICE`` names a device that this machine does not have.
    ValueError
        If ``DLBOOK_DEVICE`` is not the name of a device at all.

    Examples
    --------
    >>> import torch
    >>> torch.zeros(2, device=device()).shape
    torch.Size([2])
    """
    wanted = os.environ.get("DLBOOK_DEVICE", "").strip().lower()
    if not wanted:
        return torch.accelerator.current_accelerator(check_available=True) or torch.device("cpu")
    try:
        chosen = torch.device(wanted)
    except RuntimeError:
        raise ValueError(
            f"DLBOOK_DEVICE={wanted!r} is not a device; expected cpu, cuda, cuda:1 or mps"
        ) from None
    _check_present(chosen, wanted)
    return chosen


def _check_present(chosen: torch.device, wanted: str) -> None:
    """Raise in one line if the machine lacks the device."""
    if chosen.type == "cpu":
        return
    found = torch.accelerator.current_accelerator(check_available=True)
    count = torch.accelerator.device_count() if found else 0
    if found is None or found.type != chosen.type or (chosen.index or 0) >= count:
        has = f"{count} {found.type} device(s) and the CPU" if found else "only the CPU"
        raise RuntimeError(
            f"DLBOOK_DEVICE={wanted} asks for a device that torch {torch.__version__} does not "
            f"find here: it sees {has}. Unset DLBOOK_DEVICE, or set it to cpu."
        )
