r"""Linear probes: L2-regularised logistic regression along a path of penalties.

Legend: N rows, D width, K classes.
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import numpy as np
from scipy.special import log_softmax

from gcl.checks import check_positive
from gcl.evaluation.logistic import LogisticPath

GRID = tuple(2.0**k for k in range(-10, 10))


@dataclass(frozen=True)
class Probe:
    r"""A fitted linear classifier in the units of the features it was fitted on.

    Args:
        weight: [K, D].
        bias: [K].
        classes: [K], the label of each row.
        c: inverse penalty it was fitted with.
        converged: whether the solver reached its tolerance.
    """

    weight: np.ndarray
    bias: np.ndarray
    classes: np.ndarray
    c: float
    converged: bool

    def logits(self, x: np.ndarray) -> np.ndarray:
        r"""Unnormalised log-probabilities [N, K]."""
        return x @ self.weight.T + self.bias  # [N, K]

    def predict(self, x: np.ndarray) -> np.ndarray:
        r"""Most probable label of each row, [N]."""
        return self.classes[self.logits(x).argmax(axis=1)]

    def quality(self, x: np.ndarray, y: np.ndarray) -> tuple[int, float]:
        r"""Number of rows predicted as ``y`` and, to rank equals, the log-likelihood of ``y``.

        Few rows often tie. Taking the first C of a tie would prefer the most penalised probe, in
        which the frequencies of the classes can outweigh the features.
        """
        correct = int((self.predict(x) == y).sum())
        known = np.isin(y, self.classes)  # other labels have no likelihood, whatever C is
        column = np.searchsorted(self.classes, y[known])
        likelihood = log_softmax(self.logits(x[known]), axis=1)[np.arange(len(column)), column]
        return correct, float(likelihood.sum())


def probe_path(
    x: np.ndarray, y: np.ndarray, grid: Sequence[float] = GRID, *, standardize: bool = False
) -> Iterator[Probe]:
    r"""Fit a logistic regression for each inverse penalty C, each from the last one's solution.

    Minimises sum_i log-loss_i + ||W||^2 / (2 C) with an unpenalised bias; with two classes W is the
    one row of log-odds. With one class present the probe always answers it.

    Args:
        x: features [N, D] in float64.
        y: labels [N].
        grid: increasing values of C.
        standardize: give every column variance 1 first, which does change the optimum.

    Yields:
        One probe per value of C.

    Cost:
        O(N D min(N, D)) once, and O(N min(N, D) K) per solver step; some 10 to 20 steps for each C.
    """
    shift = x.mean(axis=0)
    x = x - shift
    scale = _scales(x) if standardize else 1.0
    classes = np.unique(y)
    if len(classes) == 1:
        yield from (Probe(np.zeros((1, x.shape[1])), np.zeros(1), classes, c, True) for c in grid)
        return
    path = LogisticPath(x / scale, y)
    for c in grid:
        converged = path.fit(c)
        weight = path.coefficients() / scale
        yield Probe(weight, path.bias - weight @ shift, classes, c, converged)


def cross_validated_probe(
    x: np.ndarray, y: np.ndarray, grid: Sequence[float], seed: int, *, standardize: bool = False
) -> Probe:
    r"""Choose C by the quality over stratified 5-fold cross-validation, then fit on all rows."""
    if len(np.unique(y)) == 1:  # nothing to choose, and perhaps a single row
        return next(probe_path(x, y, grid, standardize=standardize))
    folds = _stratified_folds(y, seed)
    totals = np.zeros((len(grid), 2))
    for fold in range(folds.max() + 1):
        fit, held_out = folds != fold, folds == fold
        probes = probe_path(x[fit], y[fit], grid, standardize=standardize)
        totals += [probe.quality(x[held_out], y[held_out]) for probe in probes]
    best = max(range(len(grid)), key=lambda k: tuple(totals[k]))
    return next(probe_path(x, y, (grid[best],), standardize=standardize))


def check_grid(grid: Sequence[float]) -> tuple[float, ...]:
    r"""Raise unless ``grid`` holds values of C above 0; return them in increasing order."""
    if not len(grid):
        raise ValueError("grid must hold at least one value of C, got none")
    return tuple(sorted(check_positive(c, "grid") for c in grid))


def threads_for(num_rows: int, width: int, num_classes: int) -> AbstractContextManager[object]:
    r"""Limit numerical libraries to one thread inside the block if the problem is small.

    Up to some 5 x 10^7 products a step, waking threads costs more than they save: 20 splits of
    Cora took over twice as long on two threads as on one, and far longer on a busy machine.
    """
    from threadpoolctl import threadpool_limits

    small = num_rows * width * num_classes < 5e7
    return threadpool_limits(limits=1) if small else nullcontext()


def _scales(x: np.ndarray) -> np.ndarray:
    r"""Standard deviations of centred columns; a constant column stays 0."""
    std = x.std(axis=0)
    return np.where(std > 1e-10 * np.abs(x).max(initial=0.0), std, 1.0)


def _stratified_folds(y: np.ndarray, seed: int, num_folds: int = 5) -> np.ndarray:
    r"""A fold number for each row; dealing rows out class by class balances the classes."""
    order = np.random.default_rng(seed).permutation(len(y))
    order = order[np.argsort(y[order], kind="stable")]
    folds = np.empty(len(y), dtype=np.int64)
    folds[order] = np.arange(len(y)) % num_folds
    return folds
