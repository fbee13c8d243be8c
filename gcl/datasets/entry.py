r"""What the catalogue says about one data set."""

from dataclasses import KW_ONLY, dataclass, field
from pathlib import Path
from typing import NamedTuple, Protocol

from torch_geometric.data import Data, HeteroData

TASKS = ("node", "clustering", "link")
RANKING = "ranking"


class Interactions(NamedTuple):
    r"""Counts of a set of interactions; the last two are those of its given parts."""

    users: int
    items: int
    train: int
    test: int


class Reader(Protocol):
    r"""How raw files become a graph. ``root`` is a data root that holds the set's folder."""

    def read(self, root: Path) -> Data | HeteroData:
        r"""Read the raw files below ``root``; anything but raw files below it may be written."""

    def download(self, root: Path) -> None:
        r"""Fetch the raw files into the set's folder below ``root``."""


@dataclass(frozen=True)
class Entry:
    r"""One row of the catalogue.

    Args:
        name: the name for :func:`gcl.datasets.load`.
        num_nodes: number of nodes; of interactions, users and items. Here and below, None means
            not known.
        num_edges: ``data.num_edges``: an undirected edge, or an interaction, counts twice.
        num_features: width of ``data.x``.
        num_classes: number of classes, or of binary labels where ``y`` is a matrix.
        split: ``"public"`` (the masks that come with the data, one split a column),
            ``"wikics"`` (its 20 fixed splits), ``"given"`` (a test part of interactions) or
            ``"random"`` (no masks to use).
        split_sizes: nodes in the training, validation and test mask, where there is one of each.
        licence: terms of the data as stated by their source.
        reference: where the data come from.
        directed: whether ``edge_index`` holds edges in one direction only.
        verified: whether the counts were compared with the real files; other counts are the
            published ones.
        folder: where the raw files belong, relative to the data root.
        files: names of the raw files below ``folder``; none for a set that is embedded.
        aliases: other names in the literature.
        tasks: subset of ``"node"``, ``"clustering"``, ``"link"``; ``"ranking"`` of interactions.
        interactions: for a set of users and items, its counts; such a set is a ``HeteroData``.
        reader: how the raw files are read.
    """

    name: str
    num_nodes: int | None
    num_edges: int | None
    num_features: int | None
    num_classes: int | None
    _: KW_ONLY
    split: str
    licence: str
    reference: str
    split_sizes: tuple[int, int, int] | None = None
    directed: bool = False
    verified: bool = False
    folder: str = ""
    files: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    tasks: tuple[str, ...] = TASKS
    interactions: Interactions | None = None
    reader: Reader = field(repr=False)
