r"""Bounds of what a layer of a network gives for all inputs within bounds.

An activation here is :math:`\sigma(x) = x` for positive x and :math:`a x` otherwise: ReLU with
a = 0, PReLU and LeakyReLU with their slope.

Legend: R rows, D width, E width of the next layer.
"""

from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn.functional import leaky_relu, relu


class Bounds(NamedTuple):
    r"""What a matrix lies between, entry by entry.

    Attributes:
        lower: the least values, [R, D].
        upper: the greatest values, [R, D].
    """

    lower: Tensor
    upper: Tensor


class Lines(NamedTuple):
    r"""Two lines of one slope with an activation between them, for each entry.

    One is :math:`\alpha x`, the other :math:`\alpha x + t`: the upper one if :math:`a \leq 1`, the
    lower one otherwise.

    Attributes:
        slope: :math:`\alpha`, [R, D].
        offset: t, [R, D].
    """

    slope: Tensor
    offset: Tensor


def relax(x: Bounds, negative_slope: float) -> Lines:
    r"""Hold an activation between two lines on the interval [l, u] of each entry.

    The activation is linear on an interval without a change of sign, and both lines are its own.
    Else one line is the chord, the other its parallel through the origin (`POT
    <https://arxiv.org/abs/2309.13944>`_):

    .. math::
        \alpha = \frac{u - a l}{u - l}, \qquad t = \frac{(a - 1) u l}{u - l}

    Args:
        x: bounds l and u of the activation's input.
        negative_slope: a, a number: no gradient flows to it.

    Shapes:
        bounds [R, D] -> lines [R, D]

    Example:
        >>> relax(Bounds(torch.tensor([[-1.0, 1.0]]), torch.tensor([[1.0, 2.0]])), 0.0)
        Lines(slope=tensor([[0.5000, 1.0000]]), offset=tensor([[0.5000, 0.0000]]))
    """
    return Lines(*_Relax.apply(x.lower, x.upper, float(negative_slope)))


class _Relax(torch.autograd.Function):
    # With the shares q and p = 1 - q of the interval left and right of zero, the slope is
    # 1 - (1 - a) q and the offset (1 - a) q max(u, 0). Written out, the gradient takes about a
    # third of the time of autograd's, and two tensors are kept instead of ten.

    @staticmethod
    def forward(ctx: Any, lower: Tensor, upper: Tensor, a: float) -> tuple[Tensor, Tensor]:
        ctx.save_for_backward(lower, upper)
        ctx.a = a
        left, right, width = _parts(lower, upper)
        share = left.div_(width)
        return 1 - (1 - a) * share, right.mul_(share).mul_(1 - a)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, slope: Tensor, offset: Tensor) -> tuple[Tensor, Tensor, None]:
        left, right, width = _parts(*ctx.saved_tensors)
        q, p = left.div_(width), right.div_(width)
        # A gradient over a width next to 0 would be infinite, and NaN once masked.
        floor = torch.finfo(width.dtype).tiny ** 0.5
        slope = (slope / width.clamp_min_(floor)).mul_(1 - ctx.a)
        offset = offset * (1 - ctx.a)
        to_lower = torch.addcmul(slope, p, offset, value=-1).mul_(p)
        to_upper = torch.addcmul(slope, q, offset).mul_(q)
        # On an interval of one sign the lines stay; a product with signs is the fastest mask.
        return to_lower.mul_(q.sign()), to_upper.mul_(p.sign()), None


def _parts(lower: Tensor, upper: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    r"""How far each interval reaches left and right of zero, and both together (never 0)."""
    left, right = relu(-lower), relu(upper)
    return left, right, (left + right).clamp_min_(torch.finfo(lower.dtype).tiny)


def least_offset(w: Tensor, offset: Tensor, negative_slope: float) -> Tensor:
    r"""What a weighted sum of activations can lack to that of the lines through the origin.

    .. math::
        \sum_d w_d \sigma(x_d) \geq \sum_d w_d \alpha_d x_d + \sum_d \min(w_d t_d, 0)

    The last sum is returned. As t has one sign, that of 1 - a, it is linear in t: t may be an
    average of the offsets of several rows.

    Args:
        w: weights.
        offset: t of :class:`Lines`.
        negative_slope: a.

    Shapes:
        w and offset [R, D] -> [R]
    """
    if negative_slope <= 1:
        return (relu(-w) * offset).sum(1).neg()
    return (relu(w) * offset).sum(1)


def activation_bounds(x: Bounds, negative_slope: float) -> Bounds:
    r"""Bounds of the activation: bounds [R, D] -> bounds [R, D]."""
    lower, upper = (leaky_relu(end, negative_slope) for end in x)
    if negative_slope >= 0:
        return Bounds(lower, upper)
    # The activation falls left of zero, where it is 0 and least.
    least = torch.minimum(lower, upper) * ((x.lower > 0) | (x.upper < 0))
    return Bounds(least, torch.maximum(lower, upper))


def linear_bounds(x: Bounds, weight: Tensor) -> Bounds:
    r"""Bounds of the product with a weight, from the centre and the radius of the interval.

    Shapes:
        bounds [R, D], weight [D, E] -> bounds [R, E]

    Cost: two products of the shapes of ``x @ weight``.
    """
    centre = (x.upper + x.lower) @ (weight / 2)  # [R, E]
    radius = (x.upper - x.lower) @ (weight.abs() / 2)  # [R, E]
    return Bounds(centre - radius, centre + radius)
