r"""Balanced soft assignments by Sinkhorn's algorithm.

Legend: N rows, K columns (prototypes).
"""

import torch
from torch import Tensor

from gcl.checks import check_int, check_matrix, check_positive
from gcl.functional.normalize import at_least_float32


@torch.no_grad()
def sinkhorn_codes(scores: Tensor, *, epsilon: float = 0.05, iterations: int = 3) -> Tensor:
    r"""Assign rows to columns softly, by score, so that all columns get about the same share.

    Starts from :math:`e^{scores / \epsilon}` and scales columns and rows to equal sums in turn,
    rows last (`Cuturi 2013 <https://arxiv.org/abs/1306.0895>`_). It works on logarithms, so that
    scores of any size are safe. Has no gradient.

    Args:
        scores: row against column; higher is closer.
        epsilon: weight of the entropy, above 0; sharper as it falls.
        iterations: times that columns and rows are scaled, 1 or more.

    Shapes:
        scores [N, K] -> [N, K], rows sum to 1

    Raises:
        TypeError, ValueError: if the scores are no finite float matrix, or an option is out of
            range.

    Cost:
        O(N K) time per iteration, O(N K) memory.

    Example:
        >>> sinkhorn_codes(torch.tensor([[0.9, 0.1], [0.8, 0.1]]), iterations=100).round()
        tensor([[1., 0.],
                [0., 1.]])
    """
    check_matrix(scores, "scores")
    check_positive(epsilon, "epsilon")
    log_q = at_least_float32(scores) / epsilon
    for _ in range(check_int(iterations, "iterations", minimum=1)):
        log_q = log_q.log_softmax(0)
        log_q = log_q.log_softmax(1)
    return log_q.exp()
