"""What the tests of the layers share: the same layer twice, and what both give."""

import torch

from dlbook import nn as ours

DEVICES = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]
DEVICES += ["mps"] if torch.backends.mps.is_available() else []
TIGHT = {"rtol": 1e-10, "atol": 1e-12}


def normal(*shape: int, seed: int = 0, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    """Return normal numbers, the same on each call."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape, dtype=torch.float64, generator=generator).to(dtype)


def pair(name: str, *args: object, **kwargs: object) -> tuple[torch.nn.Module, torch.nn.Module]:
    """Return our layer and torch's in float64, with the same random parameters, loaded both ways.

    Ours loads what torch's had, torch's then loads ours: strict, so that each name counts.
    """
    layers = [getattr(package, name)(*args, **kwargs).double() for package in (torch.nn, ours)]
    with torch.no_grad():
        for seed, parameter in enumerate(layers[0].parameters()):
            parameter.copy_(1 + 0.5 * normal(*parameter.shape, seed=seed + 50))
    layers[1].load_state_dict(layers[0].state_dict(), strict=True)
    again = getattr(torch.nn, name)(*args, **kwargs).double()
    again.load_state_dict(layers[1].state_dict(), strict=True)
    assert list(layers[0].state_dict()) == list(layers[1].state_dict())
    return layers[1], again


def results(layer: torch.nn.Module, input: torch.Tensor) -> list[torch.Tensor]:
    """Return the output, then the gradients of the input and of each parameter."""
    leaf = input.detach().clone()
    parameters = list(layer.parameters())
    if input.dtype.is_floating_point:
        parameters = [leaf.requires_grad_(), *parameters]
    output = layer(leaf)
    # numbers of 16 bits are the same numbers in any dtype
    cotangent = normal(*output.shape, seed=9, dtype=torch.bfloat16).to(output)
    if not output.requires_grad:
        return [output]
    grads = torch.autograd.grad(output, parameters, cotangent, allow_unused=True)
    return [output.detach(), *grads]


def same(ours: list, theirs: list, **tolerance: float) -> None:
    """Compare tensors one by one: dtype, shape, values."""
    assert len(ours) == len(theirs)
    for one, other in zip(ours, theirs, strict=True):
        assert (one is None) == (other is None)
        if one is not None:
            torch.testing.assert_close(one, other, equal_nan=True, **(tolerance or TIGHT))


def agree(layer: torch.nn.Module, reference: torch.nn.Module, input: torch.Tensor) -> None:
    """Compare outputs, gradients and buffers of two layers."""
    same(results(layer, input), results(reference, input))
    same(list(layer.buffers()), list(reference.buffers()))
