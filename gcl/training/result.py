r"""What a run has produced so far, and what is handed back at its end."""

from dataclasses import dataclass, field
from typing import Any


@dataclass
class History:
    r"""One entry per completed epoch, only ever appended to; probes by epoch, counted from 1."""

    losses: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    probes: dict[int, float] = field(default_factory=dict)
    logged: dict[int, dict[str, float]] = field(default_factory=dict)

    def append(
        self,
        loss: float,
        rate: float,
        seconds: float,
        probe: float | None,
        logged: dict[str, float] | None = None,
    ) -> None:
        r"""Note the next epoch; ``probe`` and ``logged`` are None where none was due."""
        self.losses.append(loss)
        self.rates.append(rate)
        self.seconds.append(seconds)
        if probe is not None:
            self.probes[len(self.losses)] = probe
        if logged is not None:
            self.logged[len(self.losses)] = logged

    def row(self, epoch: int) -> dict[str, Any]:
        r"""The line of metrics.jsonl for ``epoch``, counted from 1."""
        i = epoch - 1
        row: dict[str, Any] = {
            "epoch": epoch,
            "loss": self.losses[i],
            "lr": self.rates[i],
            "seconds": round(self.seconds[i], 6),
        }
        if epoch in self.probes:
            row["probe"] = self.probes[epoch]
        return row | self.logged.get(epoch, {})

    def first(self, epochs: int) -> dict[str, Any]:
        r"""The first ``epochs`` epochs as plain columns."""
        return {
            "losses": self.losses[:epochs],
            "rates": self.rates[:epochs],
            "seconds": self.seconds[:epochs],
            "probes": {epoch: v for epoch, v in self.probes.items() if epoch <= epochs},
            "logged": {epoch: v for epoch, v in self.logged.items() if epoch <= epochs},
        }


@dataclass(frozen=True)
class FitResult:
    r"""What :func:`~gcl.training.fit` returns; of a resumed run, the whole of it.

    Attributes:
        losses: the loss of each epoch (of a loader, the mean over its batches).
        epochs: how many epochs were run.
        best_epoch: the epoch, counted from 1, whose weights the method now has; None where nothing
            was monitored and it has the last ones.
        best_value: the monitored loss or probe of that epoch.
        probes: the probe's values by epoch.
        logged: the logged numbers by epoch.
        seconds: time spent in epochs, probes included.
        stopped_early: whether patience ran out.
    """

    losses: list[float]
    epochs: int
    best_epoch: int | None
    best_value: float | None
    probes: dict[int, float]
    logged: dict[int, dict[str, float]]
    seconds: float
    stopped_early: bool
