r"""A slowly moving copy of a module, the target of bootstrap methods."""

import copy
from typing import Any

import torch
from torch import Tensor, nn
from torch_geometric.nn.inits import reset

from gcl.checks import check_flag, check_probability


class MovingAverage(nn.Module):
    r"""Keep an exponential moving average of a module's weights (`BYOL
    <https://arxiv.org/abs/2006.07733>`_).

    .. math::
        \xi \leftarrow m \xi + (1 - m) \theta

    The copy is called like the module and gives no gradient. Averaged are parameters and
    floating-point buffers; other buffers, such as the count of batches, are copied. In training
    mode a copy with batch normalisation uses the statistics of its own batch, as the released code
    of BGRL does. The weights lie in the ``state_dict``, so checkpoints hold them.

    Args:
        module: what to copy; it is not held and not changed.
        fresh: draw the copy's weights anew, so that it starts far from the module, as BGRL does.
            Every part must then have ``reset_parameters``, as those of torch and PyG have.

    Raises:
        TypeError: if ``fresh`` is not a boolean.
        ValueError: if ``fresh`` is asked for and no weight can be drawn anew.

    Example:
        >>> layer = nn.Linear(2, 1, bias=False)
        >>> average = MovingAverage(layer)
        >>> _ = nn.init.constant_(average.module.weight, 0.0), nn.init.constant_(layer.weight, 1.0)
        >>> average.update(layer, momentum=0.75)
        >>> average(torch.ones(1, 2))
        tensor([[0.5000]])

    Cost: an update takes one pass over the weights.
    """

    def __init__(self, module: nn.Module, *, fresh: bool = False) -> None:
        super().__init__()
        self.module = copy.deepcopy(module)
        if check_flag(fresh, "fresh"):
            self.module = drawn_anew(module, "fresh=True would be without effect")
        self.module.requires_grad_(False)

    @torch.no_grad()
    def update(self, module: nn.Module, momentum: float) -> None:
        r"""Move towards ``module``: keep the share ``momentum`` in [0, 1], take the rest of it.

        Raises:
            ValueError: for a momentum out of range, or a module of other weights.
        """
        check_probability(momentum, "momentum")
        own, other = self.module.state_dict(), module.state_dict()
        shapes, expected = ({k: list(t.shape) for k, t in s.items()} for s in (other, own))
        if shapes != expected:
            raise ValueError(f"module must have weights of shape {expected}, got {shapes}")
        moved = set()  # weights that several parts share move once
        for name, target in own.items():
            if target.numel() and target.data_ptr() in moved:
                continue
            moved.add(target.data_ptr())
            if target.is_floating_point():
                target.lerp_(other[name].to(target), 1.0 - momentum)
            else:
                target.copy_(other[name])

    @torch.no_grad()
    def forward(self, *args: Any, **kwargs: Any) -> Tensor:
        r"""Call the copy; the result gives no gradient."""
        return self.module(*args, **kwargs)


def drawn_anew(module: nn.Module, complaint: str) -> nn.Module:
    r"""A copy of a module with weights drawn anew; a ValueError with the complaint if none is."""
    twin = copy.deepcopy(module)
    reset(twin)
    if _equal(twin, module):
        name = type(module).__name__
        raise ValueError(f"{complaint}: nothing in {name} draws weights with reset_parameters")
    return twin


def _equal(first: nn.Module, second: nn.Module) -> bool:
    pairs = zip(first.parameters(), second.parameters(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)
