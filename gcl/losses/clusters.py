r"""What finds the clusters of a loss, and what it remembers.

A source is called with the projections of one view or two, and returns a cluster for each row.
:meth:`ClusterSource.observe` shows it the graph of the next call.

Legend: N rows, V views, D width, K clusters.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch_geometric.data import Data

from gcl.checks import OptionError, check_int
from gcl.functional.normalize import unit_rows

Rows = Tensor | slice


class Shown(NamedTuple):
    r"""A graph, and the rows of its nodes that are contrasted."""

    batch: Data
    rows: Rows


class ClusterSource(nn.Module):
    r"""Base of the sources; subclasses implement :meth:`assign`."""

    def __init__(self) -> None:
        super().__init__()
        self._shown: Shown | None = None

    def observe(self, batch: Data, rows: Rows) -> None:
        r"""Show the graph of the next call; it is forgotten after that."""
        self._shown = Shown(batch, rows)

    def forward(self, views: list[Tensor]) -> tuple[Tensor, Tensor]:
        r"""Clusters of the rows, and what to add to the rows of the loss: 0, with a gradient.

        Shapes:
            V views [N, D] -> [N] or shares [N, K], and [N] or a scalar
        """
        shown, self._shown = self._shown, None
        with torch.autocast(views[0].device.type, enabled=False):
            u = unit_rows(sum(unit_rows(z) for z in views))  # type: ignore[arg-type]
            return self.assign(u, shown), self.fit(u.detach())

    def assign(self, u: Tensor, shown: Shown | None) -> Tensor:
        r"""The cluster of each row, given the rows' directions: [N, D] -> [N] or [N, K]."""
        raise NotImplementedError

    def fit(self, u: Tensor) -> Tensor:
        r"""What trains the source's own parameters, 0 in value; nothing here: scalar or [N]."""
        return u.new_zeros(())

    def graph(self, shown: Shown | None, name: str) -> Shown:
        r"""The graph shown; OptionError if there is none."""
        if shown is None:
            raise OptionError(
                f"clusters={name!r} reads the graph: call observe(batch, rows) before the loss, as "
                "methods that contrast two views do; got none"
            )
        return shown


class Remembering(ClusterSource):
    r"""Base of the sources that look anew after some steps, and keep what they found.

    What was found and the number of steps are saved with the ``state_dict``.

    Args:
        refresh: steps from one look to the next, 1 or more.
    """

    steps: Tensor
    found: Tensor | None

    def __init__(self, refresh: int) -> None:
        super().__init__()
        self.refresh = check_int(refresh, "refresh", minimum=1)
        self.register_buffer("steps", torch.zeros((), dtype=torch.long))
        # Its shape is that of the data: not a plain entry of the state, which must fit beforehand.
        self.register_buffer("found", None, persistent=False)

    def recall(self, look: Callable[[Tensor | None], Tensor]) -> Tensor:
        r"""What was found last, or, if it is time, what ``look`` finds, given that."""
        due = self.found is None or (self.training and int(self.steps) % self.refresh == 0)
        found = look(self.found) if due or self.found is None else self.found
        if self.training:
            self.found = found
            self.steps += 1
        return found

    def get_extra_state(self) -> dict[str, Tensor | None]:
        r"""What was found, for the ``state_dict``."""
        return {"found": self.found}

    def set_extra_state(self, state: dict[str, Tensor | None]) -> None:
        r"""Take over what was found."""
        found = state["found"]
        self.found = None if found is None else found.to(self.steps.device, copy=True)
