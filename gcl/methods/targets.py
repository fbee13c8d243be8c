r"""What methods share that predict a slowly moving copy of their encoder."""

from torch import nn

from gcl.checks import check_int, check_probability
from gcl.encoders import MovingAverage
from gcl.losses import Bootstrap
from gcl.methods.base import Method
from gcl.methods.clock import Clock, cosine_momentum


class TargetMethod(Method):
    r"""Base of the methods whose target is a moving average of the encoder.

    Subclasses write ``step`` and call :meth:`follow` first.

    Args:
        encoder: module called as ``encoder(x, edge_index)``.
        predictor: maps embeddings to predictions of the target's embeddings.
        fresh_target: start the target from weights of its own instead of the encoder's.
        momentum: share that the target keeps of itself at its first move.
        total_steps: number of steps over which the momentum rises to 1, where the target stands
            still; the momentum is constant if None.
    """

    def __init__(
        self,
        encoder: nn.Module,
        predictor: nn.Module,
        *,
        fresh_target: bool,
        momentum: float,
        total_steps: int | None,
    ) -> None:
        super().__init__(encoder)
        self.target = MovingAverage(encoder, fresh=fresh_target)
        self.predictor = predictor
        self.loss = Bootstrap()
        self.momentum = check_probability(momentum, "momentum")
        if total_steps is not None:
            check_int(total_steps, "total_steps", minimum=1)
        self.total_steps = total_steps
        self.clock = Clock()

    def follow(self) -> None:
        r"""Count a step, and let the target move by what the step before it changed.

        Every step but the first begins with the move that the published codes make at the end of
        the step before, after the optimiser: the losses are the same. A method needs no hook after
        the optimiser so, and a checkpoint between two steps resumes exactly.
        """
        done = self.clock.tick() - 1
        if done:
            self.target.update(self.encoder, self.momentum_after(done))

    def momentum_after(self, steps: int) -> float:
        r"""The momentum of the move after so many steps, 1 or more."""
        if self.total_steps is None:
            return self.momentum
        return cosine_momentum(self.momentum, steps - 1, self.total_steps)
