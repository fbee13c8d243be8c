r"""Contrastive learning as spectral clustering of the graph of positives.

Legend: N nodes, M edges, D width, R rank of the embeddings.
"""

from typing import NamedTuple

import numpy as np
import torch
from scipy import sparse
from scipy.linalg import eigh
from scipy.sparse.linalg import eigsh
from torch import Tensor

from gcl.checks import check_edge_index, check_positive, describe
from gcl.evaluation.inputs import as_features
from gcl.functional.pairs import check_vector
from gcl.functional.pairwise import row_logsumexp

# Up to this many nodes a dense solver is at least as fast as Lanczos iterations.
_DENSE = 512


class SpectralView(NamedTuple):
    r"""What :func:`spectral_view` measures."""

    attraction: float
    repulsion: float
    alignment: float
    bound: float
    overlap: float


def spectral_view(
    z: Tensor,
    edge_index: Tensor,
    *,
    edge_weight: Tensor | None = None,
    temperature: float = 0.5,
    block_size: int | None = None,
) -> SpectralView:
    r"""Compare embeddings with the spectral embedding of the graph of positives.

    InfoNCE with a Gaussian kernel and a symmetric graph :math:`\pi` of positive pairs is (`Tan et
    al. <https://arxiv.org/abs/2303.15103>`_)

    .. math::
        \underbrace{\tfrac{1}{\tau} \operatorname{tr}(Z^\top L_\pi Z)}_{\text{attraction}}
        + \underbrace{\sum_i \log \sum_{l \neq i} e^{-\|z_i - z_l\|^2 / 2 \tau}}_{\text{repulsion}},
        \qquad L_\pi = I - \pi.

    Attraction alone is the objective of spectral clustering, with the bottom eigenvectors of the
    Laplacian as its solution. Here :math:`\pi = D^{-1/2} A D^{-1/2}`, for the symmetric part A of
    the given graph without self-loops; the identity is exact where all degrees are equal. A node
    without positives has no attraction: its row of the Laplacian is zero.

    Args:
        z: embeddings, as they are in the loss.
        edge_index: positive pairs.
        edge_weight: their weights, 0 or above; 1 if None.
        temperature: :math:`\tau` > 0.
        block_size: edge of the streamed blocks; chosen for the device if None.

    Shapes:
        z [N, D], edge_index [2, M], edge_weight [M]

    Returns:
        ``attraction`` and ``repulsion`` as above; ``alignment``, the mean of :math:`q^\top L_\pi q`
        over an orthonormal basis of the R columns that span those of Z; ``bound``, the mean of the
        R smallest eigenvalues, which no such basis can undercut; and ``overlap``, the share in
        [0, 1] of the basis inside the space of those R eigenvectors. That space is not unique
        where the next eigenvalue is equal, nor is the overlap.

    Raises:
        TypeError, ValueError: if ``z`` is no finite float matrix of 2 rows or more, or is zero,
            edges are out of range, or weights are negative or of another length.

    Cost:
        O(N^2 D) time for the repulsion, and O(M R + N R^2) per Lanczos restart (O(N^3) up to 512
        nodes); O(N D) memory.

    Example:
        >>> cycle = torch.tensor([[0, 1, 2, 3], [1, 2, 3, 0]])
        >>> view = spectral_view(torch.ones(4, 2), cycle)  # collapsed on the first eigenvector
        >>> abs(round(view.alignment, 6)), round(view.overlap, 6)
        (0.0, 1.0)
    """
    x = as_features(z)
    if len(x) < 2 or not x.any():
        raise ValueError(f"z must have 2 rows or more and an entry besides 0, got {describe(z)}")
    check_positive(temperature, "temperature")
    positives = _normalised(edge_index, edge_weight, len(x))
    laplacian = sparse.diags(positives.getnnz(axis=1) > 0, dtype=float) - positives
    basis = _basis(x)
    rank = basis.shape[1]
    values, vectors = _bottom(laplacian, rank)
    rows = x.numpy()
    return SpectralView(
        attraction=float((rows * (laplacian @ rows)).sum() / temperature),
        repulsion=_log_kernels(x, temperature, block_size).sum().item(),
        alignment=float((basis * (laplacian @ basis)).sum() / rank),
        bound=float(values.mean()),
        overlap=float(np.square(vectors.T @ basis).sum() / rank),
    )


def _log_kernels(x: Tensor, temperature: float, block_size: int | None) -> Tensor:
    r"""Log-sum of the Gaussian kernels with all other rows: [N]."""
    bias = -x.square().sum(1) / (2 * temperature)
    return row_logsumexp(
        x,
        x,
        scale=1 / temperature,
        row_bias=bias,
        col_bias=bias,
        exclude_diagonal=True,
        block_size=block_size,
    )


def _normalised(edge_index: Tensor, edge_weight: Tensor | None, n: int) -> sparse.csr_array:
    r"""The symmetric part of the graph over the roots of its degrees, without self-loops."""
    check_edge_index(edge_index, n)
    row, col = edge_index.cpu().numpy()
    weight = np.ones(len(row)) if edge_weight is None else _weights(edge_weight, len(row))
    graph = sparse.coo_array((np.where(row == col, 0.0, weight), (row, col)), shape=(n, n)).tocsr()
    graph = (graph + graph.T) / 2
    graph.eliminate_zeros()
    degree = graph.sum(axis=1)
    root = sparse.diags(np.divide(1.0, np.sqrt(degree), out=np.zeros(n), where=degree > 0))
    return (root @ graph @ root).tocsr()


def _weights(edge_weight: Tensor, length: int) -> np.ndarray:
    weight = check_vector(edge_weight, length, "edge_weight").detach().cpu().double().numpy()
    if length and weight.min() < 0:
        raise ValueError(f"edge_weight must be 0 or above, got {weight.min()}")
    return weight


def _basis(x: Tensor) -> np.ndarray:
    r"""Orthonormal columns that span those of ``x``: [N, R]."""
    u, sigma, _ = torch.linalg.svd(x, full_matrices=False)
    small = sigma[0] * max(x.shape) * torch.finfo(x.dtype).eps
    return u[:, sigma > small].numpy()


def _bottom(laplacian: sparse.csr_array, count: int) -> tuple[np.ndarray, np.ndarray]:
    r"""The smallest eigenvalues [R] and their eigenvectors [N, R]."""
    n = laplacian.shape[0]
    if n <= _DENSE or count >= n - 1:
        return eigh(laplacian.toarray(), subset_by_index=(0, count - 1))
    # Lanczos finds the outer end fast: that of I - L. A fixed start makes it repeatable.
    start = np.random.default_rng(0).standard_normal(n)
    values, vectors = eigsh(sparse.eye_array(n) - laplacian, k=count, which="LA", v0=start)
    return 1 - values, vectors
