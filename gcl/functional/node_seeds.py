r"""Random choice of the nodes that subgraphs grow from.

Legend: N nodes, G graphs, S seeds.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from gcl.checks import check_edge_index, check_int, check_probability, describe
from gcl.functional.draws import uniform

Seeds = float | int | Sequence[int] | Tensor


def check_seeds(seeds: Seeds) -> float | int | Tensor:
    r"""Raise unless ``seeds`` is a share in (0, 1], a number of at least 1, or a list of nodes.

    A list is returned as a tensor.
    """
    if isinstance(seeds, float):
        if not check_probability(seeds, "seeds"):
            raise ValueError(f"seeds must be a share above 0, got {seeds}")
        return seeds
    if not isinstance(seeds, (Tensor, Sequence)):
        return check_int(seeds, "seeds", minimum=1)
    nodes = torch.as_tensor(seeds)
    if nodes.dim() != 1 or nodes.dtype not in (torch.int64, torch.int32):
        raise TypeError(f"seeds must be node numbers [S], got {describe(seeds)}")
    return nodes


def pick_seeds(
    seeds: Seeds,
    num_nodes: int,
    device: torch.device,
    *,
    batch: Tensor | None = None,
    generator: torch.Generator | None = None,
) -> Tensor:
    r"""The seeds themselves, if they are node numbers, else a uniformly random choice: [S].

    Args:
        seeds: a share (float in (0, 1], rounded up), a number (integer), both for each graph and
            never more than its nodes; or node numbers.
        num_nodes: number of nodes N.
        device: of the result.
        batch: graph of each node [N]; one graph if None.
        generator: source of randomness.

    Cost: two sorts of N numbers for a random choice.
    """
    seeds = check_seeds(seeds)
    if isinstance(seeds, Tensor):
        check_edge_index(seeds.expand(2, -1), num_nodes, "seeds")
        return seeds.to(device)
    graph = torch.zeros(num_nodes, dtype=torch.long, device=device) if batch is None else batch
    order = uniform(num_nodes, device, generator, dtype=torch.float64).argsort()
    order = order[graph[order].argsort(stable=True)]  # graph by graph, in random order
    sizes = graph.bincount()
    share = isinstance(seeds, float)
    # A product such as 0.07 * 100 may come out just above the whole number that it is.
    count = (
        (sizes.double() * (seeds * (1 - 1e-12))).ceil().long() if share else sizes.clamp(max=seeds)
    )
    graph = graph[order]
    rank = torch.arange(num_nodes, device=device) - (sizes.cumsum(0) - sizes)[graph]
    return order[rank < count[graph]]
