r"""What differs between processes: their random state, and nothing else."""

from typing import Any

import numpy as np
import torch
from torch import distributed, nn

from gcl.functional.processes import (
    all_gather_objects,
    communication_device,
    connection,
    is_distributed,
    rank,
)
from gcl.training.seeds import RandomState


def own_seed(seed: int) -> int:
    r"""A seed of this process: ``seed`` in the first, others that have nothing in common with it.

    Processes then draw different augmentations.
    """
    if not rank():
        return seed
    sequence = np.random.SeedSequence(seed, spawn_key=(rank(),))
    return int(sequence.generate_state(1)[0])


def others_random(own: dict[str, Any]) -> list[dict[str, Any]]:
    r"""The random state of every process but the first, in plain form, with its ``own`` beside.

    All processes have to call it; the list is empty in a single one.
    """
    if not is_distributed():
        return []
    state = {"random": RandomState.now().pack(), **own} if rank() else {}
    return all_gather_objects(state)[1:]


@torch.no_grad()
def same_state(method: nn.Module) -> None:
    r"""Give every process the parameters and buffers of the first."""
    if not is_distributed():
        return
    with connection():
        for value in method.state_dict().values():
            if isinstance(value, torch.Tensor):
                sent = value.detach().to(communication_device())
                distributed.broadcast(sent, src=0)
                value.copy_(sent)
