r"""Checks that the evaluation tasks share: embeddings and labels that can be scored.

Legend: N nodes, D width.
"""

import torch
from torch import Tensor

from gcl.checks import check_labels, check_matrix


def as_features(h: Tensor) -> Tensor:
    r"""Embeddings [N, D] as a detached float64 matrix on the CPU; raises if it cannot be scored."""
    check_matrix(h, "h")
    if not h.numel():
        raise ValueError(f"h must have rows and columns, got shape {list(h.shape)}")
    return h.detach().to("cpu", torch.float64)


def as_labels(y: Tensor, num_nodes: int) -> Tensor:
    r"""Labels [N] on the CPU, -1 where unknown; raises unless two classes are present."""
    y = check_labels(y, num_nodes).detach().to("cpu", torch.int64)
    classes = y[y >= 0].unique().tolist()
    if len(classes) < 2:
        raise ValueError(f"y must hold at least two classes, got {classes or 'no label'}")
    return y
