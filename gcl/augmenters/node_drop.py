r"""Random removal of nodes."""

import torch
from torch import Tensor

from gcl.augmenters.node_base import NodeAugmenter
from gcl.checks import check_probability
from gcl.functional.draws import check_generator
from gcl.functional.nodes import drop_nodes


class NodeDrop(NodeAugmenter):
    r"""Drop every node independently with probability ``p``: really remove it, and its edges.

    The node dropping of `GraphCL <https://arxiv.org/abs/2010.13902>`_. Remaining nodes keep their
    order and are renumbered; node and edge attributes follow. ``n_id`` of the view holds the
    number of each node in the input (in an input that has ``n_id`` already, those are kept), so
    that a loss can align two views. No node is kept by force (with p = 1 the view has no nodes) but
    the seeds of a sampled batch, if it has other nodes: those stay. A ``Batch`` keeps its number of
    graphs, some perhaps empty, so that graphs of two views still pair up. Functional twin:
    :func:`gcl.functional.drop_nodes`.

    Args:
        p: Probability in [0, 1] of dropping a node. Default 0.5.
        generator: Source of randomness, on any device. Default: torch's global generator of the
            data's device. A copy in a worker process repeats the draws of every other copy.

    Raises:
        TypeError: for an argument of the wrong kind, or data that is no ``Data`` or ``Batch``.
        ValueError: for ``p`` outside [0, 1], data without ``edge_index`` or with an ``adj_t``, an
            edge that leaves [0, N), another list of node indices (``edge_label_index``, ``face``),
            an attribute [N, N], or one that may belong to nodes or to edges.

    Example:
        >>> data = Data(x=torch.ones(3, 1), edge_index=torch.tensor([[0, 1], [1, 2]]))
        >>> NodeDrop(p=0.0)(data).n_id
        tensor([0, 1, 2])

    Cost: O(N + M).
    """

    def __init__(self, p: float = 0.5, *, generator: torch.Generator | None = None) -> None:
        self.p = check_probability(p)
        self.generator = check_generator(generator)

    def choose(
        self, edge_index: Tensor, num_nodes: int, batch: Tensor | None
    ) -> tuple[Tensor, Tensor, Tensor]:
        r"""Draw the nodes that stay."""
        return drop_nodes(edge_index, num_nodes, self.p, generator=self.generator)
