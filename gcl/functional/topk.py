r"""The largest of all pairs in each row, block by block.

Legend: N rows of ``a``, M rows of ``b``, D width, B block edge.
"""

import math
from dataclasses import replace

import torch
from torch import Tensor

from gcl.checks import check_choice, check_int
from gcl.functional.pairs import check_walk, prepare
from gcl.functional.phi import PHI, Phi
from gcl.functional.tiles import Tile

# Columns of a panel for each of the k largest that are looked for.
_WIDE = 8


@torch.no_grad()
def row_topk(
    a: Tensor,
    b: Tensor,
    k: int,
    *,
    phi: str | Phi = "identity",
    exclude_diagonal: bool = False,
    diagonal: int = 0,
    block_size: int | None = None,
) -> tuple[Tensor, Tensor]:
    r"""Find the k columns with the largest :math:`\phi(s_{ij})` for each row, largest first.

    Not differentiable: take the rows ``b[index]`` to differentiate through them.

    Args:
        a: anchors, [N, D].
        b: candidates, [M, D].
        k: how many, 1 to M (less the excluded one).
        phi: as in :func:`~gcl.functional.pairwise.row_sum`, whose slope is not used; the inner
            product itself by default.
        exclude_diagonal: leave out j = i + ``diagonal``.
        diagonal: as in :func:`~gcl.functional.pairwise.row_logsumexp`.
        block_size: as in :func:`~gcl.functional.pairwise.row_logsumexp`.

    Shapes:
        a [N, D], b [M, D] -> values [N, k], index [N, k]

    Raises:
        TypeError, ValueError: as :func:`~gcl.functional.pairwise.row_logsumexp`, and for k out of
            range.

    Cost:
        O(N M D) time and O(B^2 + B k + N k) memory.

    Example:
        >>> row_topk(torch.eye(2), torch.tensor([[1.0, 0.0], [2.0, 1.0]]), k=1)[1]
        tensor([[1],
                [1]])
    """
    function = phi if isinstance(phi, Phi) else PHI[check_choice(phi, "phi", PHI)]
    left, right, factor = prepare(a, b, 1.0)
    available = len(right) - int(exclude_diagonal)
    if check_int(k, "k", minimum=1) > available:
        raise ValueError(f"k must be at most {available}, the candidates of a row; got {k}")
    walk = check_walk(
        function, left, right, factor, block_size, "highest", exclude_diagonal, diagonal
    )
    # A panel much wider than k leaves most of its columns behind; narrow ones are sorted whole.
    wide = min(_WIDE * k, len(right)) if block_size is None else 0
    walk = replace(walk, width=max(walk.width, wide), symmetric=False)
    best = left.new_full((len(left), k), -math.inf)
    index = torch.zeros(len(left), k, dtype=torch.long, device=left.device)

    def work(tile: Tile) -> None:
        memory = walk.memory(left)
        for panel in walk.panels(tile.cols):
            blocks = walk.products(left, right, tile, panel, memory, walk.phi.value, -math.inf)
            for rows, _, s in blocks:
                _keep_largest(best[rows], index[rows], s, panel.start)

    walk.over(len(left), len(right), work)
    return best, index


def _keep_largest(best: Tensor, index: Tensor, s: Tensor, start: int) -> None:
    r"""Merge the columns of a block, numbered from ``start`` on, into the k largest of its rows."""
    k = best.size(1)
    values, places = s.topk(min(k, s.size(1)), dim=1)
    values = torch.cat([best, values], dim=1)
    places = torch.cat([index, places + start], dim=1)
    values, order = values.topk(k, dim=1)
    best.copy_(values)
    index.copy_(places.gather(1, order))
