r"""Statistics of a graph, computed once for each content: see :mod:`gcl.per_graph`."""

from gcl.per_graph import PerGraph, constant

__all__ = ["PerGraph", "constant"]
