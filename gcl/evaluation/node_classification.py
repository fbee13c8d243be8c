r"""Node classification with a linear probe on frozen embeddings.

Legend: N nodes, D width.
"""

import warnings
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from gcl.checks import check_choice, check_int, describe
from gcl.evaluation.inputs import as_features, as_labels
from gcl.evaluation.link_metrics import auc
from gcl.evaluation.probe import (
    GRID,
    Probe,
    check_grid,
    cross_validated_probe,
    probe_path,
    threads_for,
)
from gcl.evaluation.result import Result
from gcl.loaders import NodeSplit, random_split

Part = tuple[np.ndarray, np.ndarray]


def node_classification(
    h: Tensor,
    y: Tensor,
    splits: NodeSplit | Sequence[NodeSplit] | None = None,
    *,
    num_splits: int | None = None,
    seed: int = 0,
    normalize: str | None = "l2",
    grid: Sequence[float] = GRID,
) -> Result:
    r"""Score embeddings by the test accuracy and macro-F1 of a logistic regression.

    For each split a multinomial logistic regression with an L2 penalty is fitted on the train nodes
    for every C of ``grid``. The C with the best validation accuracy is kept (of equal ones, that
    with the higher validation likelihood), and only that probe sees the test nodes. Where a split
    has no validation nodes, C is chosen by stratified 5-fold cross-validation inside the train
    nodes, as in `GRACE <https://arxiv.org/abs/2006.04131>`_ (whose probe was one-against-rest).

    Args:
        h: embeddings of all nodes, on any device; no gradient flows back.
        y: class of each node; nodes labelled -1 are left out of every part.
        splits: one split or several; by default random 10/10/80 % ones.
        num_splits: number of random splits, 20 by default; only without ``splits``.
        seed: random split i has seed ``seed + i``; also seeds the folds of cross-validation.
        normalize: ``"l2"`` scales every row to length 1, ``"standard"`` gives every column mean 0
            and variance 1 over the train nodes, ``None`` takes ``h`` as it is.
        grid: values of C, the inverse penalty on the sum of losses.

    Shapes:
        h: [N, D]; y: [N].

    Returns:
        ``accuracy`` and ``macro_f1`` over splits, and the chosen ``selected["C"]``. Macro-F1 is
        over the classes that occur in the test part or are predicted there. With two classes,
        ``roc_auc`` too: how often a node of the second class gets higher odds than one of the
        first, which tells more than accuracy where most nodes are of one class. It is left out if
        a train or test part holds one class alone.

    Raises:
        TypeError: for wrong types, float labels for instance.
        ValueError: for wrong shapes, values that are not finite, fewer than two classes, a
            split without labelled train or test nodes, or ``num_splits`` beside ``splits``.

    Cost:
        O(N min(N, D) K) per solver step with N train nodes and K classes, some 20 steps for each
        split and C.

    Example:
        >>> import torch
        >>> from gcl.evaluation import node_classification
        >>> y = torch.arange(200) % 2
        >>> result = node_classification(torch.randn(200, 4) + 9 * y[:, None], y, num_splits=5)
        >>> result.mean > 0.9, result.n
        (True, 5)
    """
    x = as_features(h)
    y = as_labels(y, len(x))
    check_choice(str(normalize), "normalize", ("l2", "standard", "None"))
    grid = check_grid(grid)
    check_int(seed, "seed")
    splits, origin = _resolve_splits(splits, y, num_splits, seed)
    x = F.normalize(x) if normalize == "l2" else x
    standardize = normalize == "standard"
    two_classes = len(y[y >= 0].unique()) == 2
    scores, probes = [], []
    with threads_for(max(split.sizes[0] for split in splits), x.size(1), int(y.max()) + 1):
        for number, split in enumerate(splits):
            train, val, test = _parts(x.numpy(), y.numpy(), split, number)
            probes.append(_choose(train, val, grid, seed, standardize))
            scores.append(_score(probes[-1], *test, two_classes))
    _warn_if_unfinished(probes)
    known = [name for name in scores[0] if all(name in score for score in scores)]
    raw = {name: tuple(score[name] for score in scores) for name in known}
    protocol = f"{origin}; one embedding, normalize={normalize}; {_choice_of_c(splits)}"
    return Result(raw, protocol, {"C": tuple(probe.c for probe in probes)})


def _resolve_splits(
    splits: NodeSplit | Sequence[NodeSplit] | None, y: Tensor, num_splits: int | None, seed: int
) -> tuple[Sequence[NodeSplit], str]:
    r"""The splits to run, and half a sentence that says what varies between them."""
    if splits is None:
        n = check_int(20 if num_splits is None else num_splits, "num_splits", minimum=1)
        drawn = [random_split(len(y), y=y, seed=seed + i) for i in range(n)]
        return drawn, f"{n} random 10/10/80 % splits, seeds {seed}-{seed + n - 1}"
    if num_splits is not None:
        raise ValueError(f"num_splits={num_splits} would be ignored, since splits are given")
    splits = [splits] if isinstance(splits, NodeSplit) else list(splits)
    if not splits:
        raise ValueError("splits must hold at least one NodeSplit, got none")
    for split in splits:
        if not isinstance(split, NodeSplit):
            raise TypeError(f"splits must hold NodeSplit objects, got {describe(split)}")
        if len(split.train) != len(y):
            raise ValueError(f"splits must be over {len(y)} nodes, got one of {len(split.train)}")
    return splits, f"{len(splits)} given split{'s' * (len(splits) > 1)}"


def _parts(x: np.ndarray, y: np.ndarray, split: NodeSplit, number: int) -> tuple[Part, Part, Part]:
    r"""Features and labels of the labelled train, validation and test nodes."""
    masks = (mask.cpu().numpy() & (y >= 0) for mask in (split.train, split.val, split.test))
    train, val, test = ((x[mask], y[mask]) for mask in masks)
    for name, part in (("train", train), ("test", test)):
        if not len(part[1]):
            raise ValueError(f"splits[{number}].{name} has no labelled node")
    return train, val, test


def _choose(train: Part, val: Part, grid: Sequence[float], seed: int, standardize: bool) -> Probe:
    if not len(val[1]):
        return cross_validated_probe(*train, grid, seed, standardize=standardize)
    candidates = probe_path(*train, grid, standardize=standardize)
    return max(candidates, key=lambda probe: probe.quality(*val))


def _score(probe: Probe, x: np.ndarray, y: np.ndarray, two_classes: bool) -> dict[str, float]:
    from sklearn.metrics import f1_score

    predicted = probe.predict(x)
    macro_f1 = f1_score(y, predicted, average="macro", zero_division=0.0)
    scores = {"accuracy": float((predicted == y).mean()), "macro_f1": float(macro_f1)}
    if two_classes and len(probe.classes) == len(np.unique(y)) == 2:
        scores["roc_auc"] = _roc_auc(probe, x, y)
    return scores


def _roc_auc(probe: Probe, x: np.ndarray, y: np.ndarray) -> float:
    odds = torch.from_numpy(np.diff(probe.logits(x))[:, 0])  # of the second class
    second = torch.from_numpy(y == probe.classes[1])
    return auc(odds[second], odds[~second])


def _choice_of_c(splits: Sequence[NodeSplit]) -> str:
    by_validation = {bool(split.val.any()) for split in splits}
    ways = [("validation", True), ("5-fold cross-validation on train", False)]
    return "C by " + " or ".join(text for text, used in ways if used in by_validation)


def _warn_if_unfinished(probes: Sequence[Probe]) -> None:
    unfinished = sum(not probe.converged for probe in probes)
    if unfinished:
        warnings.warn(
            f"{unfinished} of {len(probes)} selected probes stopped before they converged; "
            'normalize="standard" usually helps',
            stacklevel=3,
        )
