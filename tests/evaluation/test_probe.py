from functools import partial

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from gcl.evaluation.logistic import LogisticPath
from gcl.evaluation.probe import (
    GRID,
    Probe,
    _stratified_folds,
    check_grid,
    cross_validated_probe,
    probe_path,
)


def blobs(n=60, classes=3, width=4, seed=0):
    rng = np.random.default_rng(seed)
    y = rng.permutation(np.arange(n) % classes)
    return rng.normal(size=(n, width)) + 1.5 * np.eye(classes, width)[y], y


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("offset", [0.0, 50.0])
@pytest.mark.parametrize("factor", [1e-4, 1.0, 100.0])
def test_path_is_the_plain_cold_optimum(classes, offset, factor):
    x, y = blobs(classes=classes)
    probes = list(probe_path(factor * (x + offset), y, np.array([0.01, 1.0, 64.0]) / factor**2))
    for probe, c in zip(probes, (0.01, 1.0, 64.0), strict=True):
        cold = LogisticRegression(C=c, tol=1e-9, max_iter=10_000).fit(x, y)
        log_odds = probe.logits(factor * (x + offset))
        log_odds = log_odds - log_odds[:, :1]
        expected = cold.predict_log_proba(x)
        np.testing.assert_allclose(log_odds, expected - expected[:, :1], atol=2e-3)
        assert probe.converged
        assert probe.c == pytest.approx(c / factor**2)


@pytest.mark.parametrize("standardize", [False, True])
@pytest.mark.parametrize("classes", [2, 3])
def test_more_columns_than_rows_have_the_same_optimum(monkeypatch, classes, standardize):
    monkeypatch.setattr("gcl.evaluation.logistic.TOLERANCE", 1e-9)
    x, y = blobs(n=20, classes=classes, width=50)
    x[:, 7] = 0.1
    plain = (x - x.mean(0)) / np.where(x.std(0) > 1e-9, x.std(0), 1.0) if standardize else x
    for probe in probe_path(x, y, [0.01, 1.0, 64.0], standardize=standardize):
        cold = LogisticRegression(C=probe.c, tol=1e-9, max_iter=10_000).fit(plain, y)
        assert probe.weight.shape == (classes, 50)
        log_odds = probe.logits(x) - probe.logits(x)[:, :1]
        expected = cold.predict_log_proba(plain)
        np.testing.assert_allclose(log_odds, expected - expected[:, :1], rtol=1e-4, atol=1e-4)


def test_the_solver_sees_no_more_columns_than_rows():
    x, y = blobs(n=20, width=50)
    assert LogisticPath(x, y).rows.shape == (20, 20)
    assert LogisticPath(x.repeat(3, axis=0), y.repeat(3)).rows.shape == (60, 50)


@pytest.mark.parametrize("width", [6, 90])
def test_steps_are_few_however_unequal_the_directions_are(monkeypatch, width):
    x, y = blobs(n=60, width=width)
    x = (x - x.mean(0)) * np.logspace(-3, 1, width)
    counts = []
    for scale in (LogisticPath._scale, lambda path, _: np.ones((path.rows.shape[1] + 1, 1))):
        path, calls = LogisticPath(x, y), []
        objective, chosen = path._objective, partial(scale, path)
        monkeypatch.setattr(path, "_scale", chosen)
        monkeypatch.setattr(
            path, "_objective", lambda *args, f=objective, n=calls: n.append(1) or f(*args)
        )
        for c in GRID[::4]:
            path.fit(c)
        counts.append(len(calls))
    assert counts[0] < 30 * len(GRID[::4])
    assert counts[0] < counts[1] / 2  # without the scales


def test_the_slope_is_that_of_the_penalised_loss():
    x, y = blobs()
    path = LogisticPath(x, y)
    scale = np.random.default_rng(1).uniform(0.5, 2.0, (5, 1))
    at = np.random.default_rng(2).normal(size=15)
    slope = path._objective(at, scale, 0.3)[1]
    for k in range(15):
        step = 1e-6 * np.eye(15)[k]
        high, low = (path._objective(at + sign * step, scale, 0.3)[0] for sign in (1, -1))
        assert slope[k] == pytest.approx((high - low) / 2e-6, abs=1e-6)


def test_standardized_path_ignores_column_units():
    x, y = blobs()
    units = np.array([1e-3, 1.0, 50.0, 7.0])
    plain = next(probe_path(x, y, [1.0], standardize=True))
    scaled = next(probe_path(x * units, y, [1.0], standardize=True))
    np.testing.assert_allclose(plain.logits(x), scaled.logits(x * units), atol=1e-6)


def test_constant_columns_are_harmless():
    x, y = blobs()
    x[:, 1] = 0.1
    for standardize in (False, True):
        probe = next(probe_path(x, y, [1.0], standardize=standardize))
        assert np.isfinite(probe.weight).all()
    same = np.full((60, 4), 0.1)
    assert len(np.unique(next(probe_path(same, y, [512.0])).predict(same))) == 1


def test_one_class_is_always_answered():
    x, _ = blobs()
    probe = next(probe_path(x, np.full(60, 7), [1.0]))
    assert (probe.predict(x) == 7).all()


def test_unfinished_fit_says_so(monkeypatch, recwarn):
    monkeypatch.setattr("gcl.evaluation.logistic.MAX_ITER", 2)
    x, y = blobs()
    assert not next(probe_path(x, y, [512.0])).converged
    assert not recwarn


def test_quality_by_hand():
    probe = Probe(np.array([[0.0], [1.0]]), np.zeros(2), np.array([3, 5]), 1.0, True)
    x, y = np.array([[0.0], [2.0], [2.0], [1.0]]), np.array([3, 5, 3, 9])
    correct, likelihood = probe.quality(x, y)  # class 9 is unknown to the probe
    assert correct == 2
    assert likelihood == pytest.approx(-np.log(2) - np.log1p(np.exp(-2)) - np.log1p(np.exp(2)))


def test_folds_are_balanced_and_seeded():
    y = np.array([0] * 50 + [1] * 10 + [2] * 3)
    folds = _stratified_folds(y, seed=0)
    for label, low in ((0, 10), (1, 2), (2, 0)):
        counts = np.bincount(folds[y == label], minlength=5)
        assert counts.min() >= low
        assert counts.max() - counts.min() <= 1
    assert (folds == _stratified_folds(y, seed=0)).all()
    assert (folds != _stratified_folds(y, seed=1)).any()


def test_cross_validation_matches_a_plain_loop():
    x, y = blobs(n=50)
    folds = _stratified_folds(y, seed=3)
    grid = (0.001, 0.1, 10.0, 1000.0)
    accuracy = []
    for c in grid:
        fits = [LogisticRegression(C=c, max_iter=5000).fit(x[folds != f], y[folds != f])
                for f in range(5)]  # fmt: skip
        accuracy.append(
            sum((fits[f].predict(x[folds == f]) == y[folds == f]).sum() for f in range(5))
        )
    probe = cross_validated_probe(x, y, grid, seed=3)
    assert probe.c == grid[int(np.argmax(accuracy))]
    assert len(probe.classes) == 3


def test_cross_validation_survives_a_class_with_one_node():
    x, y = blobs(n=20, classes=2)
    y = np.where(np.arange(20) == 4, 1, 0)
    assert cross_validated_probe(x, y, GRID[:3], seed=0).classes.tolist() == [0, 1]
    for n in (1, 3):
        assert cross_validated_probe(x[:n], y[:n], GRID[:3], seed=0).predict(x).tolist() == [0] * 20


def test_grid_is_checked_and_sorted():
    assert check_grid([4, 1.0]) == (1.0, 4.0)
    with pytest.raises(ValueError, match="grid must be a finite number above 0, got -1"):
        check_grid([1.0, -1.0])
    with pytest.raises(ValueError, match="grid must hold at least one value of C"):
        check_grid([])
