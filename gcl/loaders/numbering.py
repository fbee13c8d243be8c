r"""Numbers of nodes within one part of a graph after another.

Legend: N nodes of the graph, K nodes of a part, E nodes listed.
"""

import torch
from torch import Tensor


class Numbering:
    r"""Gives the nodes of one part after another their numbers within it.

    Args:
        num_nodes: number of nodes N of the graph.
        device: of the node numbers.

    Cost: N integers, kept between parts; a part of K nodes costs O(K).
    """

    def __init__(self, num_nodes: int, device: torch.device) -> None:
        self.place = torch.full((num_nodes,), -1, device=device)

    def add(self, nodes: Tensor, known: int) -> Tensor:
        r"""Number the nodes not numbered yet from ``known`` on, by first appearance; return them.

        Shapes:
            nodes [E], perhaps with repetitions -> [K]
        """
        unseen = nodes[self.place[nodes] < 0].long()
        turn = torch.arange(len(unseen), device=nodes.device)
        self.place.scatter_reduce_(0, unseen, turn, "amin", include_self=False)
        fresh = unseen[self.place[unseen] == turn]
        self.place[fresh] = torch.arange(known, known + len(fresh), device=nodes.device)
        return fresh

    def clear(self, nodes: Tensor) -> None:
        r"""Forget the numbers of these nodes."""
        self.place[nodes] = -1
