r"""Random draws with an explicit or the global generator.

Without ``generator``, numbers come from torch's global generator of the tensors' device. A given
generator may live on another device: numbers are drawn where it lives and then moved, so that
one CPU generator gives the same augmentation on every device.
"""

import torch
from torch import Tensor

from gcl.checks import check_probability, describe

Size = int | tuple[int, ...] | torch.Size


def check_generator(generator: torch.Generator | None) -> torch.Generator | None:
    r"""Raise TypeError unless ``generator`` is None or a ``torch.Generator``."""
    if generator is not None and not isinstance(generator, torch.Generator):
        raise TypeError(f"generator must be a torch.Generator or None, got {describe(generator)}")
    return generator


def uniform(
    size: Size,
    device: torch.device,
    generator: torch.Generator | None,
    dtype: torch.dtype = torch.float32,
) -> Tensor:
    r"""Numbers in [0, 1) of shape ``size`` on ``device``."""
    check_generator(generator)
    source = device if generator is None else generator.device
    return torch.rand(size, generator=generator, device=source, dtype=dtype).to(device)


def normal(like: Tensor, generator: torch.Generator | None) -> Tensor:
    r"""Standard normal numbers in the shape, dtype and device of ``like``."""
    check_generator(generator)
    source = like.device if generator is None else generator.device
    draw = torch.randn(like.shape, generator=generator, device=source, dtype=like.dtype)
    return draw.to(like.device)


def permutation(n: int, device: torch.device, generator: torch.Generator | None) -> Tensor:
    r"""A uniformly random order of ``range(n)`` on ``device``."""
    check_generator(generator)
    source = device if generator is None else generator.device
    return torch.randperm(n, generator=generator, device=source).to(device)


def keep_mask(
    p: float | Tensor, size: Size, device: torch.device, generator: torch.Generator | None
) -> Tensor:
    r"""Independent booleans that are False with probability ``p`` (a number, or one per entry).

    Exact at both ends: draws lie in [0, 1), so p = 0 keeps all and p = 1 keeps none.
    """
    return uniform(size, device, generator) >= p


def check_probabilities(
    p: float | Tensor, size: int, device: torch.device, name: str = "p"
) -> float | Tensor:
    r"""Raise unless ``p`` is a probability, or a float tensor of ``size`` of them on ``device``."""
    if not isinstance(p, Tensor):
        return check_probability(p, name)
    if not p.is_floating_point():
        raise TypeError(f"{name} must be a number or a floating-point tensor, got {describe(p)}")
    if p.shape != (size,) or p.device != device:
        raise ValueError(
            f"{name} must be a number or have shape [{size}] on {device}, "
            f"got {describe(p)} on {p.device}"
        )
    if not bool(((p >= 0) & (p <= 1)).all()):  # NaN fails both comparisons
        bad = p[~((p >= 0) & (p <= 1))][0].item()
        raise ValueError(f"{name} must hold probabilities in [0, 1], got {bad}")
    return p
