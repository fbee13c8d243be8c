r"""Multinomial logistic regression with an L2 penalty, for one penalty after another.

Legend: N rows, D width, R <= min(N, D) directions, K classes.
"""

import numpy as np
from scipy.special import log_softmax, softmax

MAX_ITER = 2_000
# On the largest slope, for each root of a row, in coordinates of curvature near 1: it leaves about
# 1e-8 of the mean loss.
TOLERANCE = 3e-5


class LogisticPath:
    r"""Fits of one problem under different penalties, each from the last one's solution.

    The solver, L-BFGS, sees the rows along their principal directions, each scaled to a curvature
    near 1. How long it takes then hardly depends on the penalty or on how unequal the directions
    are, and the problem is no wider than its rows are many: outside their span the optimum is 0.

    Args:
        x: centred rows [N, D] in float64.
        y: classes [N], two or more of them.
    """

    def __init__(self, x: np.ndarray, y: np.ndarray) -> None:
        self.classes, number = np.unique(y, return_inverse=True)
        self.truth = np.eye(len(self.classes))[number]  # [N, K]
        self.basis, x = _in_row_space(x)  # [D, R] or None, [N, R]
        self.turn = np.linalg.eigh(x.T @ x)[1]  # [R, R]
        self.rows = x @ self.turn
        self.spread = np.square(self.rows).sum(axis=0)  # [R]
        self.weight = np.zeros((self.rows.shape[1], len(self.classes)))
        self.bias = np.zeros(len(self.classes))

    def fit(self, c: float) -> bool:
        r"""Minimise sum_i log-loss_i + ||W||^2 / (2 C); whether the tolerance was reached.

        With two classes W is the one row of log-odds, as in scikit-learn: half of it, with either
        sign, is the weight of either class.

        Cost: O(N R K) for each of some 10 to 20 evaluations, from 0 or a solution nearby.
        """
        from scipy.optimize import minimize

        penalty = (2.0 if len(self.classes) == 2 else 1.0) / c
        scale = self._scale(penalty)
        result = minimize(
            self._objective,
            (self._solution() / scale).ravel(),
            args=(scale, penalty),
            jac=True,
            method="L-BFGS-B",
            options={
                "gtol": TOLERANCE * np.sqrt(len(self.rows)),
                "ftol": np.finfo(float).eps,
                "maxiter": MAX_ITER,
                "maxls": 50,
            },
        )
        solution = result.x.reshape(scale.shape[0], -1) * scale
        self.weight, self.bias = solution[:-1], solution[-1]
        return bool(result.status == 0)

    def coefficients(self) -> np.ndarray:
        r"""The weight of each class in the space of the rows: [K, D]."""
        weight = self.turn @ self.weight
        return (weight if self.basis is None else self.basis @ weight).T

    def _solution(self) -> np.ndarray:
        return np.vstack([self.weight, self.bias])  # [R + 1, K]

    def _scale(self, penalty: float) -> np.ndarray:
        r"""Inverse roots of the curvatures at the present solution, the intercept's last: [R + 1].

        Probabilities p share one mean of p (1 - p), the curvature of a row in its logits.
        """
        p = softmax(self.rows @ self.weight + self.bias, axis=1)
        curvature = max((p * (1 - p)).mean(), np.finfo(float).eps)
        each = np.append(curvature * self.spread + penalty, curvature * len(p))
        return (each**-0.5)[:, None]

    def _objective(
        self, scaled: np.ndarray, scale: np.ndarray, penalty: float
    ) -> tuple[float, np.ndarray]:
        r"""The penalised loss, and its gradient in scaled coordinates."""
        solution = scaled.reshape(len(scale), -1) * scale
        weight, bias = solution[:-1], solution[-1]
        log_p = log_softmax(self.rows @ weight + bias, axis=1)  # [N, K]
        loss = 0.5 * penalty * np.square(weight).sum() - (self.truth * log_p).sum()
        residual = np.exp(log_p) - self.truth
        slope = np.vstack([self.rows.T @ residual + penalty * weight, residual.sum(axis=0)])
        return float(loss), (slope * scale).ravel()


def _in_row_space(x: np.ndarray) -> tuple[np.ndarray | None, np.ndarray]:
    r"""An orthonormal basis [D, N] of the span of fewer rows than columns, and the rows in it."""
    if len(x) >= x.shape[1]:
        return None, x
    basis, rows = np.linalg.qr(x.T)
    return basis, rows.T
