r"""Node compactness of a two-layer graph convolutional network.

Legend: N nodes, R nodes that are scored (roots), D1 hidden width, D embedding width.
"""

from typing import NamedTuple

from torch import Tensor
from torch.nn.functional import leaky_relu

from gcl.functional.bounds import Bounds, activation_bounds, least_offset, linear_bounds, relax
from gcl.functional.csr import SparseMatrix
from gcl.functional.dropped_edges import AdjacencyBounds
from gcl.functional.normalize import unit_rows
from gcl.functional.submatrix import neighbours, submatrix


class Network(NamedTuple):
    r"""What two graph convolutions do after the first linear map.

    They compute :math:`Z = \sigma(\hat A \sigma(\hat A S + b_1) W_2 + b_2)` with :math:`S = X W_1`
    and :math:`\sigma(x) = \max(x, 0) + a \min(x, 0)`.

    Attributes:
        weight: :math:`W_2`, [D1, D].
        biases: :math:`b_1` [D1] and :math:`b_2` [D].
        slopes: a of either activation.
    """

    weight: Tensor
    biases: tuple[Tensor, Tensor]
    slopes: tuple[float, float]


class Dropping(NamedTuple):
    r"""The edges that one view kept, and what it might have kept.

    Attributes:
        view: normalised adjacency of the view, [N, N].
        bounds: bounds of that matrix over all admissible droppings.
        clean: normalised adjacency without dropping, [N, N].
    """

    view: SparseMatrix
    bounds: AdjacencyBounds
    clean: SparseMatrix


def contrast_directions(z: Tensor, rows: Tensor | None = None) -> Tensor:
    r"""Unit embeddings less the mean of all others: what a node should look like, not the rest.

    .. math::
        w_i = \bar z_i - \frac{1}{N - 1} \sum_{j \neq i} \bar z_j, \qquad
        \bar z_i = z_i / \lVert z_i \rVert

    Args:
        z: embeddings of the other view, of at least two nodes.
        rows: which directions to return; all if None.

    Shapes:
        z [N, D], rows [R] or None -> [R, D]
    """
    unit = unit_rows(z)
    others = len(unit) - 1
    total = unit.sum(0)
    own = unit if rows is None else unit.index_select(0, rows)
    return (own * (len(unit) / others)).sub(total / others)


def exact_compactness(
    s: Tensor, w: Tensor, network: Network, dropping: Dropping, roots: Tensor | None = None
) -> Tensor:
    r"""Bound :math:`w_i \cdot z_i` from below for the view's adjacency (node compactness of `POT
    <https://arxiv.org/abs/2309.13944>`_).

    Both activations are held between lines that are right for all admissible droppings; the bound
    is then linear in the hidden units. With :math:`v_i = W_2 (\alpha_{2,i} \odot w_i)` and lines
    :math:`\alpha_{1,j} x` and :math:`\alpha_{1,j} x + t_{1,j}` of the hidden units of node j,

    .. math::
        c_i = \sum_j \hat A'_{ij} \sum_f v_{if} \alpha_{1,jf} \big[\hat A' S + b_1\big]_{jf}
              + \min(v_{if} t_{1,jf}, 0)
              + (\alpha_{2,i} \odot w_i) \cdot b_2 + \sum_d \min(w_{id} t_{2,id}, 0)

    Every root weighs the hidden units of its neighbours by *its own* :math:`v_i`, but both lines
    have one slope, so that the sums over j are products with :math:`\hat A'` and nothing is stored
    for an edge or for a pair of nodes.

    Args:
        s: first linear map of the view's features.
        w: direction of each root.
        network: what follows.
        dropping: the view's edges. The bound holds if they are an admissible dropping.
        roots: nodes to score, in ascending order; all if None.

    Shapes:
        s [N, D1], w [R, D], roots [R] or None -> [R]

    Cost:
        O(M D1 + N D1 D) time and O(N D1) memory for M edges; with roots, of their neighbourhood.
    """
    weight, (bias1, bias2), (slope1, slope2) = network
    near, last = _layers(dropping, roots)
    hidden = near.bounds.apply(Bounds(s, s), bias1)
    lines = relax(hidden, slope1)
    product = linear_bounds(activation_bounds(hidden, slope1), weight)
    last_lines = relax(last.bounds.apply(product, bias2), slope2)
    v2 = last_lines.slope * w
    v1 = v2 @ weight.t()  # [R, D1]
    seen = last.view @ (lines.slope * (near.view @ s).add_(bias1))
    within = (v1 * seen).sum(1) + least_offset(v1, last.view @ lines.offset, slope1)
    return within + v2 @ bias2 + least_offset(w, last_lines.offset, slope2)


def fast_compactness(
    s: Tensor, w: Tensor, network: Network, dropping: Dropping, block: Tensor | None = None
) -> Tensor:
    r"""The score that the released code of `POT <https://arxiv.org/abs/2309.13944>`_ trains with.

    It is no bound: the hidden units of a node are weighed by the node's own direction
    instead of the root's, and the second layer is bounded for the hidden units of the clean graph.

    .. math::
        c = \hat A' (\hat A' y + \beta_1) + \beta_2, \qquad
        y_k = S_k \cdot (\alpha_{1,k} \odot v_k)

    Here :math:`\beta` collects the biases and offsets of each node.

    Args:
        s: first linear map of the view's features.
        w: direction of each scored node.
        network: what follows.
        dropping: the view's edges.
        block: nodes to score, in ascending order; edges to others are then ignored. All if None.

    Shapes:
        s [N, D1], w [R, D], block [R] or None -> [R]
    """
    weight, (bias1, bias2), (slope1, slope2) = network
    clean = leaky_relu((dropping.clean @ s).add_(bias1), slope1)
    view, bounds = dropping.view, dropping.bounds
    if block is not None:
        s, clean = s.index_select(0, block), clean.index_select(0, block)
        view, bounds = submatrix(view, block, block), bounds.restrict(block, block)
    lines = relax(bounds.apply(Bounds(s, s), bias1), slope1)
    product = clean @ weight
    last_lines = relax(bounds.apply(Bounds(product, product), bias2), slope2)
    v2 = last_lines.slope * w
    v1 = v2 @ weight.t()  # [R, D1]
    scaled = lines.slope * v1
    own = scaled @ bias1 + least_offset(v1, lines.offset, slope1)
    last = v2 @ bias2 + least_offset(w, last_lines.offset, slope2)
    y = (s * scaled).sum(1)
    return (view @ ((view @ y[:, None]) + own[:, None])).squeeze(1) + last


def _layers(dropping: Dropping, roots: Tensor | None) -> tuple[Dropping, Dropping]:
    r"""The rows that each layer has to compute, for what the roots see of the graph."""
    if roots is None:
        return dropping, dropping
    view, bounds, clean = dropping
    near = neighbours(bounds.upper, roots)
    first = Dropping(submatrix(view, near), bounds.restrict(near), clean)
    return first, Dropping(submatrix(view, roots, near), bounds.restrict(roots, near), clean)
