r"""What is monitored, when to stop, and which weights to keep."""

from typing import Any

from torch import nn

from gcl.checks import check_choice, check_int
from gcl.training.plain import plain_copy

MONITORS = ("loss", "probe")


def choose_monitor(monitor: str | None, patience: int | None, has_probe: bool) -> str | None:
    r"""``monitor`` if given; else the probe if there is one, the loss if there is patience."""
    if monitor is not None:
        check_choice(monitor, "monitor", MONITORS)
        if monitor == "probe" and not has_probe:
            raise ValueError("monitor='probe' needs a probe, got probe=None")
        return monitor
    if has_probe:
        return "probe"
    return None if patience is None else "loss"


class Monitor:
    r"""Keeps the weights of the best value seen and counts the looks since.

    Only a strictly better value counts: a lower loss, a higher probe. The copy kept is never
    written to again, so other state may refer to it; it is the only one.

    Args:
        kind: "loss" or "probe"; None watches nothing.
        patience: looks in a row without improvement after which training is done; None for never.
    """

    def __init__(self, kind: str | None, patience: int | None = None) -> None:
        self.kind = kind
        self.patience = None if patience is None else check_int(patience, "patience", minimum=1)
        self.best_value: float | None = None
        self.best_epoch: int | None = None
        self.best_weights: dict[str, Any] | None = None
        self.waited = 0

    @property
    def done(self) -> bool:
        r"""Whether patience has run out."""
        return self.patience is not None and self.waited >= self.patience

    def look(self, kind: str, value: float, epoch: int, method: nn.Module) -> None:
        r"""Note one value; the weights that ``method`` has now are taken to have produced it."""
        if kind != self.kind:
            return
        if not self._improves(value):
            self.waited += 1
            return
        self.best_weights = plain_copy(method.state_dict(), "the state_dict of the method")
        self.best_value, self.best_epoch, self.waited = value, epoch, 0

    def _improves(self, value: float) -> bool:
        if self.best_value is None:
            return True
        return value < self.best_value if self.kind == "loss" else value > self.best_value

    def state(self) -> dict[str, Any]:
        r"""All but the weights, which a checkpoint holds in a place of their own."""
        return {"value": self.best_value, "epoch": self.best_epoch, "waited": self.waited}

    def restore(self, state: dict[str, Any], weights: dict[str, Any] | None) -> None:
        r"""Continue from :meth:`state` and the weights kept with it."""
        self.best_value, self.best_epoch = state["value"], state["epoch"]
        self.waited, self.best_weights = state["waited"], weights
