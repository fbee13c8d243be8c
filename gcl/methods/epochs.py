r"""The epoch that a method is in, for what it renews once an epoch.

Legend: E interactions, B triplets of a batch.
"""

import math

import torch
from torch import Tensor, nn

from gcl.checks import check_int
from gcl.methods.clock import Clock


class Epochs(nn.Module):
    r"""Count the steps of a method and the epochs they make, in buffers that checkpoints keep.

    Args:
        steps: steps of an epoch; as many as batches of the size of the first one hold all
            interactions if None.

    Example:
        >>> epochs = Epochs()
        >>> [epochs.tick(5, 2) for _ in range(4)]
        [0, 0, 0, 1]
    """

    length: Tensor

    def __init__(self, steps: int | None = None) -> None:
        super().__init__()
        if steps is not None:
            check_int(steps, "steps_per_epoch", minimum=1)
        self.clock = Clock()
        self.register_buffer("length", torch.tensor(steps or 0))

    def tick(self, num_interactions: int, batch_size: int) -> int:
        r"""Count one step and return its epoch, 0 for the first."""
        if not self.length:
            self.length.fill_(max(math.ceil(num_interactions / batch_size), 1))
        return (self.clock.tick() - 1) // int(self.length)
