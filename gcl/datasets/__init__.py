r"""Data sets: a catalogue of benchmark graphs, graphs that come with the package, one's own."""

from gcl.datasets import synthetic as synthetic
from gcl.datasets.catalogue import CATALOGUE
from gcl.datasets.dataset import GraphDataset
from gcl.datasets.entry import Entry
from gcl.datasets.hetero import from_hetero
from gcl.datasets.interaction_tables import read_interactions
from gcl.datasets.interactions import interactions
from gcl.datasets.load import load, table
from gcl.datasets.networks import from_networkx
from gcl.datasets.ogb_graphs import OGBGraphs, load_graphs
from gcl.datasets.ogb_links import OGBLinks, load_links

__all__ = [
    "load",
    "CATALOGUE",
    "table",
    "from_networkx",
    "interactions",
    "read_interactions",
    "from_hetero",
    "Entry",
    "GraphDataset",
    "load_graphs",
    "OGBGraphs",
    "load_links",
    "OGBLinks",
]
