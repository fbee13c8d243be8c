r"""What an evaluation returns: scores by metric, the raw values behind them, and what varied."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np


class Score(NamedTuple):
    r"""Mean and sample standard deviation of ``n`` values.

    ``std`` divides by n - 1. One value says nothing about spread: its ``std`` is NaN, never 0.

    Example:
        >>> from gcl.evaluation import Score
        >>> print(Score.of([0.8, 0.9]))
        85.0 ± 7.1
    """

    mean: float
    std: float
    n: int

    @classmethod
    def of(cls, values: Sequence[float]) -> "Score":
        r"""Summarise ``values``."""
        n = len(values)
        std = float(np.std(values, ddof=1)) if n > 1 else math.nan
        return cls(float(np.mean(values)), std, n)

    def __str__(self) -> str:
        spread = "" if math.isnan(self.std) else f" ± {100 * self.std:.1f}"
        return f"{100 * self.mean:.1f}{spread}"


@dataclass(frozen=True, eq=False, repr=False)
class Result(Mapping[str, Score]):
    r"""An immutable mapping from metric name to :class:`Score`.

    The first metric is the primary one; ``mean``, ``std`` and ``n`` are short for its score.
    Scores are fractions (0.83); printing shows them in per cent.

    Args:
        raw: the values behind each score, one per split, run or seed.
        protocol: one line that says how the values came about and what varied between them.
        selected: hyper-parameters chosen on the way, one value per entry of ``raw``.

    Raises:
        ValueError: if there is no metric, or metrics have different or no numbers of values.

    Example:
        >>> from gcl.evaluation import Result
        >>> result = Result({"accuracy": [0.8, 0.9], "macro_f1": [0.7, 0.7]}, "2 splits")
        >>> print(result)
        accuracy 85.0 ± 7.1, macro_f1 70.0 ± 0.0 (2 splits)
        >>> result["macro_f1"].mean, result.raw["accuracy"]
        (0.7, (0.8, 0.9))
    """

    raw: Mapping[str, tuple[float, ...]]
    protocol: str
    selected: Mapping[str, tuple[float, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        lengths = {len(values) for values in self.raw.values()}
        if len(lengths) != 1 or 0 in lengths:
            counts = {name: len(values) for name, values in self.raw.items()}
            raise ValueError(f"raw must hold metrics with one number of values > 0, got {counts}")
        object.__setattr__(self, "raw", _frozen(self.raw))
        object.__setattr__(self, "selected", _frozen(self.selected))

    @classmethod
    def pool(cls, results: Sequence["Result"], protocol: str) -> "Result":
        r"""Join the values of several results, of training seeds for instance.

        Args:
            results: results with the same metrics, at least one.
            protocol: what varied over the joined values.

        Raises:
            ValueError: if there is no result, or their metrics differ.
        """
        names = {tuple(result) for result in results}
        if len(names) != 1:
            raise ValueError(f"results must share their metrics, got {sorted(names)}")
        chosen = set.intersection(*(set(result.selected) for result in results))
        return cls(
            {name: sum((r.raw[name] for r in results), ()) for name in results[0]},
            protocol,
            {name: sum((r.selected[name] for r in results), ()) for name in sorted(chosen)},
        )

    @property
    def mean(self) -> float:
        r"""Mean of the primary metric."""
        return self._primary.mean

    @property
    def std(self) -> float:
        r"""Sample standard deviation of the primary metric; NaN for one value."""
        return self._primary.std

    @property
    def n(self) -> int:
        r"""Number of values behind the primary metric."""
        return self._primary.n

    def to_dict(self) -> dict[str, Any]:
        r"""Plain Python values, ready for JSON; an undefined ``std`` is ``None``."""
        scores = {name: score._asdict() for name, score in self.items()}
        for score in scores.values():
            score["std"] = None if math.isnan(score["std"]) else score["std"]
        return {
            "protocol": self.protocol,
            "scores": scores,
            "raw": {name: list(values) for name, values in self.raw.items()},
            "selected": {name: list(values) for name, values in self.selected.items()},
        }

    @property
    def _primary(self) -> Score:
        return self[next(iter(self))]

    def __getitem__(self, metric: str) -> Score:
        return Score.of(self.raw[metric])

    def __iter__(self) -> Iterator[str]:
        return iter(self.raw)

    def __len__(self) -> int:
        return len(self.raw)

    def __str__(self) -> str:
        return f"{', '.join(f'{name} {score}' for name, score in self.items())} ({self.protocol})"

    def __repr__(self) -> str:
        return f"Result({self})"

    def __reduce__(self) -> tuple[Any, ...]:
        return Result, (dict(self.raw), self.protocol, dict(self.selected))


def _frozen(table: Mapping[str, Sequence[float]]) -> Mapping[str, tuple[float, ...]]:
    return MappingProxyType({name: tuple(map(float, values)) for name, values in table.items()})
