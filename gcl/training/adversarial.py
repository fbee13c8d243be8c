r"""One step of a game between what makes the views and what is trained on them."""

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.utils import get_total_norm
from torch.optim import Optimizer
from torch_geometric.data import Data

from gcl.checks import describe
from gcl.training.errors import TrainingError


class GameStep(NamedTuple):
    r"""What :func:`adversarial_step` returns.

    Attributes:
        objective: what the augmenter increased, before its step.
        loss: what the encoder decreased, before its step.
    """

    objective: float
    loss: float


def adversarial_step(
    loss: Callable[[Data], Tensor],
    data: Data,
    augmenter: Callable[[Data], Data],
    optimizer: Optimizer,
    augmenter_optimizer: Optimizer,
    *,
    penalty: Callable[[Data], Tensor] | None = None,
) -> GameStep:
    r"""Take one step of a min-max game: a learnable augmenter first increases the loss, then the
    encoder decreases it (`AD-GCL <https://arxiv.org/abs/2106.05819>`_).

    .. math::
        \min_\theta \max_\phi \; L_\theta(t_\phi(G)) - \lambda R(t_\phi(G))

    1. A view is drawn, and ``augmenter_optimizer`` ascends the loss minus the penalty. No gradient
       is computed for the encoder's weights.
    2. Another view is drawn by the augmenter as it is then, without a gradient, and ``optimizer``
       descends the loss.

    It holds no state and no loop, and knows no method: ``loss`` is any function of a view. Modules
    stay in training or evaluation mode as they are; running statistics of batch normalisation are
    updated by both halves.

    Args:
        loss: maps a view to a scalar; it encodes the view, and the graph itself where it needs to.
        data: the graph or batch.
        augmenter: maps the graph to a view, differentiably in its own parameters;
            :class:`gcl.augmenters.LearnableEdgeDrop` is one.
        optimizer: of the parameters that decrease the loss.
        augmenter_optimizer: of the parameters of the augmenter; none of them in ``optimizer``.
        penalty: maps a view to :math:`\lambda R`, a scalar that the augmenter has to pay, such as
            ``lambda view: 5.0 * augmenter.drop_ratio(view)``; none if None.

    Returns:
        Both values, as numbers.

    Raises:
        TrainingError: for a value or gradient that is not finite; that half's step is not taken.
        ValueError: for a parameter in both optimisers, one with ``maximize=True`` (the step sees to
            the sign), or values that are no scalars or reach no parameter of their optimiser.
        TypeError: for values that are no tensors.

    Cost:
        Two evaluations of the loss and two backward passes.

    Example:
        >>> from gcl.augmenters import LearnableEdgeDrop
        >>> from gcl.encoders import GCN
        >>> data = Data(x=torch.rand(3, 4), edge_index=torch.tensor([[0, 1], [1, 2]]))
        >>> encoder, augment = GCN(4, 8, 8), LearnableEdgeDrop(GCN(4, 8, 8))
        >>> down, up = (torch.optim.Adam(m.parameters()) for m in (encoder, augment))
        >>> def loss(view):
        ...     return encoder(view.x, view.edge_index, view.edge_weight).square().mean()
        >>> step = adversarial_step(loss, data, augment, down, up, penalty=augment.drop_ratio)
        >>> step.objective < step.loss
        True
    """
    _check_optimizers(optimizer, augmenter_optimizer)
    view = augmenter(data)
    objective = _check_scalar(loss(view), "loss")
    if penalty is not None:
        objective = objective - _check_scalar(penalty(view), "penalty")
    _descend(-objective, augmenter_optimizer, "augmenter_optimizer")
    with torch.no_grad():
        view = augmenter(data)
    value = _check_scalar(loss(view), "loss")
    _descend(value, optimizer, "optimizer")
    return GameStep(objective.item(), value.item())


def _check_optimizers(optimizer: Optimizer, augmenter_optimizer: Optimizer) -> None:
    pairs = (("optimizer", optimizer), ("augmenter_optimizer", augmenter_optimizer))
    for name, given in pairs:
        if any(group.get("maximize") for group in given.param_groups):
            raise ValueError(f"{name} must not have maximize=True: the step sees to the sign")
    held = {id(p) for p in _parameters(optimizer)}
    if any(id(p) in held for p in _parameters(augmenter_optimizer)):
        raise ValueError(
            "optimizer and augmenter_optimizer must hold different parameters: one of them is in "
            "both, and would be moved both up and down"
        )


def _check_scalar(value: object, name: str) -> Tensor:
    if not isinstance(value, Tensor):
        raise TypeError(f"{name} must give a scalar tensor, got {describe(value)}")
    if value.dim() != 0:
        raise ValueError(f"{name} must give a scalar, got {describe(value)}")
    return value


def _descend(value: Tensor, optimizer: Optimizer, name: str) -> None:
    r"""Step down the gradient in the optimiser's own parameters, if all is finite."""
    parameters = _parameters(optimizer)
    if not math.isfinite(value.item()):
        raise TrainingError(f"what {name} follows is {value.item()}; no step was taken with it")
    optimizer.zero_grad(set_to_none=True)
    if value.requires_grad:
        value.backward(inputs=parameters)
    gradients = [p.grad for p in parameters if p.grad is not None]
    if not gradients:
        raise ValueError(f"the loss of a view reaches no parameter that {name} holds")
    if not bool(torch.isfinite(get_total_norm(gradients))):
        raise TrainingError(f"the gradient for {name} is not finite; no step was taken with it")
    optimizer.step()


def _parameters(optimizer: Optimizer) -> list[Tensor]:
    return [p for group in optimizer.param_groups for p in group["params"] if p.requires_grad]
