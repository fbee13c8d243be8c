r"""Splits of nodes and edges into train, validation and test parts."""

from gcl.loaders.link_split import LinkSplit, link_split
from gcl.loaders.node_split import NodeSplit, random_split
from gcl.loaders.protocols import PROTOCOLS, node_splits, public_splits

__all__ = [
    "NodeSplit",
    "random_split",
    "public_splits",
    "node_splits",
    "PROTOCOLS",
    "LinkSplit",
    "link_split",
]
