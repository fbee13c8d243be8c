r"""Random generators that a method holds itself, apart from the global ones."""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch_geometric.transforms import BaseTransform

from gcl.training.errors import CheckpointError


def generators_of(method: nn.Module) -> list[torch.Generator]:
    r"""The generators of a method, its parts and its transforms, each once, in a fixed order.

    They are looked for in attributes, and in lists, tuples and dictionaries there.
    """
    found: dict[int, torch.Generator] = {}
    seen: set[int] = set()
    waiting: list[Any] = [method]
    while waiting:
        item = waiting.pop()
        if isinstance(item, torch.Generator):
            found.setdefault(id(item), item)
        elif id(item) not in seen:
            seen.add(id(item))
            waiting.extend(_parts(item))
    return list(found.values())


def states_of(method: nn.Module) -> list[Tensor]:
    r"""The states of :func:`generators_of`."""
    return [generator.get_state() for generator in generators_of(method)]


def restore_states(method: nn.Module, states: list[Tensor], source: object) -> None:
    r"""Put back what :func:`states_of` took; a CheckpointError if the generators are others."""
    generators = generators_of(method)
    if len(generators) != len(states):
        raise CheckpointError(
            f"{source} has the state of {len(states)} generators of the method's own, "
            f"which has {len(generators)}"
        )
    for generator, state in zip(generators, states, strict=True):
        generator.set_state(state)


def _parts(item: Any) -> Iterator[Any]:
    if isinstance(item, nn.Module | BaseTransform):
        yield from vars(item).values()
    elif isinstance(item, dict):
        yield from item.values()
    elif isinstance(item, list | tuple):
        yield from item
