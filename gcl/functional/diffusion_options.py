r"""The options of a diffusion, checked where they are given."""

from dataclasses import dataclass

from gcl.checks import check_choice, check_int, check_non_negative, check_positive

_DEFAULTS = {"alpha": 0.2, "t": 5.0, "eps": 1e-4}
_HEAT_EPS = 1e-3  # a walk of the heat kernel spreads further before it stops


@dataclass
class DiffusionOptions:
    r"""Options of :func:`gcl.functional.diffuse`; those that apply have a value afterwards.

    Raises:
        TypeError, ValueError: for a value out of range, or one that would be ignored.
    """

    kind: str = "ppr"
    alpha: float | None = None
    t: float | None = None
    method: str = "exact"
    eps: float | None = None
    threshold: float = 0.0
    top_k: int | None = 64

    def __post_init__(self) -> None:
        check_choice(self.kind, "kind", ("ppr", "heat"))
        check_choice(self.method, "method", ("exact", "push"))
        self.alpha = self._applied("alpha", self.kind == "ppr", f"kind={self.kind!r}")
        self.t = self._applied("t", self.kind == "heat", f"kind={self.kind!r}")
        self.eps = self._applied("eps", self.method == "push", f"method={self.method!r}")
        if self.alpha is not None and self.alpha > 1:
            raise ValueError(f"alpha must be at most 1, got {self.alpha}")
        self.threshold = check_non_negative(self.threshold, "threshold")
        if self.top_k is not None:
            check_int(self.top_k, "top_k", minimum=1)
        elif self.method == "exact" and not self.threshold:
            raise ValueError(
                "threshold must be above 0 or top_k an integer with method='exact', which would "
                "else keep all N^2 entries; got threshold=0 and top_k=None"
            )

    @property
    def rate(self) -> float:
        r"""The parameter of the kind of diffusion: ``alpha`` or ``t``."""
        return self.alpha or self.t or 0.0

    def _applied(self, name: str, applies: bool, of: str) -> float | None:
        value = getattr(self, name)
        if not applies:
            if value is not None:
                raise ValueError(
                    f"{name} must be None with {of}, which would ignore it; got {value}"
                )
            return None
        if value is None:
            value = _HEAT_EPS if name == "eps" and self.kind == "heat" else _DEFAULTS[name]
        return check_positive(value, name)
