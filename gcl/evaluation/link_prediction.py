r"""Link prediction from frozen embeddings.

Legend: N nodes, D width, P edges of a part.
"""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from gcl.checks import check_choice, check_int, describe
from gcl.evaluation.inputs import as_features
from gcl.evaluation.link_metrics import auc, average_precision, hits_at_k, mean_reciprocal_rank
from gcl.evaluation.probe import GRID, Probe, check_grid, probe_path, threads_for
from gcl.evaluation.result import Result
from gcl.loaders import LinkSplit

_BLOCK_ENTRIES = 2**22  # 32 MiB of float64 per gathered block
_MAX_FIT_PAIRS = 20_000  # of either kind; plenty for D weights, and 80 MiB at D = 256

Scorer = Callable[[Tensor], Tensor]


def link_prediction(
    h: Tensor,
    split: LinkSplit,
    *,
    decoder: str = "dot",
    ks: Sequence[int] = (10, 50, 100),
    seed: int = 0,
    grid: Sequence[float] | None = None,
) -> Result:
    r"""Score embeddings by how they rank held-out edges above non-edges.

    ``h`` must come from an encoder that saw ``split.data`` only. Decoders score a pair (i, j) by

    - ``"dot"``: h_i . h_j,
    - ``"cosine"``: h_i . h_j / (||h_i|| ||h_j||),
    - ``"logistic"``: a logistic regression on the product h_i * h_j, column-standardised, fitted on
      train pairs (a random 20,000 of either kind where there are more), with the C that has the
      best AUC on the validation pairs.

    Args:
        h: embeddings of all nodes, on any device; no gradient flows back.
        split: from :func:`~gcl.loaders.link_split`.
        decoder: ``"dot"``, ``"cosine"`` or ``"logistic"``.
        ks: the K of each Hits@K.
        seed: draws the train pairs of a logistic decoder where there are more than it fits.
        grid: values of C of a logistic decoder, 2^-10 to 2^9 by default; an error elsewhere.

    Shapes:
        h: [N, D].

    Returns:
        ``auc``, ``ap``, ``hits@K`` for each K, and ``mrr``, one value each: the definitions are
        in :mod:`gcl.evaluation.link_metrics`, with negatives pooled. A logistic decoder adds
        ``selected["C"]``.

    Raises:
        TypeError: if ``h`` is no float matrix or ``split`` no ``LinkSplit``.
        ValueError: for wrong shapes, values that are not finite, an unknown decoder, or a
            logistic decoder without train or validation pairs.

    Cost:
        O(P D) time; memory beyond a float64 copy of ``h`` does not grow with P.

    Example:
        >>> import torch
        >>> from torch_geometric.data import Data
        >>> from gcl.evaluation import link_prediction
        >>> from gcl.loaders import link_split
        >>> ring = torch.stack([torch.arange(40), torch.arange(1, 41) % 40])
        >>> angle = torch.arange(40) * torch.pi / 20
        >>> h = torch.stack([angle.cos(), angle.sin()], dim=1)
        >>> link_prediction(h, link_split(Data(edge_index=ring, num_nodes=40))).mean
        1.0
    """
    x = as_features(h)
    _check_split(split, len(x))
    check_choice(decoder, "decoder", ("dot", "cosine", "logistic"))
    ks = [check_int(k, "ks", minimum=1) for k in ks]
    if grid is not None and decoder != "logistic":
        raise ValueError(f"grid={grid} would be ignored by decoder={decoder!r}")
    x = F.normalize(x) if decoder == "cosine" else x
    score, selected = _dot(x), {}
    if decoder == "logistic":
        probe = _fit_probe(x, split, check_grid(GRID if grid is None else grid), seed)
        score, selected = _linear(x, probe), {"C": (probe.c,)}
    metrics = _metrics(score(split.test_pos), score(split.test_neg), ks)
    protocol = (
        f"1 split, {split.test_pos.size(1)} test edges against {split.test_neg.size(1)} pooled "
        f"non-edges; one embedding, {decoder} decoder"
    )
    return Result({name: (value,) for name, value in metrics.items()}, protocol, selected)


def _metrics(pos: Tensor, neg: Tensor, ks: Sequence[int]) -> dict[str, float]:
    hits = {f"hits@{k}": hits_at_k(pos, neg, k) for k in ks}
    ap, mrr = average_precision(pos, neg), mean_reciprocal_rank(pos, neg)
    return {"auc": auc(pos, neg), "ap": ap, **hits, "mrr": mrr}


def _dot(x: Tensor) -> Scorer:
    return lambda pairs: _blockwise(x, pairs, lambda product: product.sum(dim=1))


def _linear(x: Tensor, probe: Probe) -> Scorer:
    r"""Log-odds of an edge under a fitted probe."""
    weight = torch.from_numpy(probe.weight[1] - probe.weight[0])
    return lambda pairs: _blockwise(x, pairs, lambda product: product @ weight)


def _blockwise(x: Tensor, pairs: Tensor, reduce: Callable[[Tensor], Tensor]) -> Tensor:
    r"""Reduce the products [B, D] of the rows of each pair, B pairs at a time, to scores [P]."""
    blocks = pairs.cpu().long().split(max(1, _BLOCK_ENTRIES // x.size(1)), dim=1)
    return torch.cat([reduce(x[i] * x[j]) for i, j in blocks])


def _fit_probe(x: Tensor, split: LinkSplit, grid: Sequence[float], seed: int) -> Probe:
    r"""Logistic regression on train pairs, with the C that ranks the validation pairs best."""
    for name in ("train_pos", "train_neg", "val_pos", "val_neg"):
        if not getattr(split, name).size(1):
            raise ValueError(f"split.{name} must hold pairs for decoder='logistic', got none")
    pairs = [_some(part, seed).cpu().long() for part in (split.train_neg, split.train_pos)]
    features = torch.cat([x[i] * x[j] for i, j in pairs]).numpy()
    y = np.repeat([0, 1], [part.size(1) for part in pairs])
    with threads_for(len(y), x.size(1), 1):
        candidates = probe_path(features, y, grid, standardize=True)
        return max(candidates, key=lambda probe: _validation_auc(_linear(x, probe), split))


def _some(pairs: Tensor, seed: int) -> Tensor:
    if pairs.size(1) <= _MAX_FIT_PAIRS:
        return pairs
    order = torch.randperm(pairs.size(1), generator=torch.Generator().manual_seed(seed))
    return pairs[:, order[:_MAX_FIT_PAIRS].to(pairs.device)]


def _validation_auc(score: Scorer, split: LinkSplit) -> float:
    return auc(score(split.val_pos), score(split.val_neg))


def _check_split(split: LinkSplit, num_nodes: int) -> None:
    if not isinstance(split, LinkSplit):
        raise TypeError(f"split must be a LinkSplit, got {describe(split)}")
    if split.data.num_nodes != num_nodes:
        raise ValueError(
            f"h must have a row for each of the {split.data.num_nodes} nodes of split.data, "
            f"got {num_nodes} rows"
        )
