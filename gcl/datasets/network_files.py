r"""GraphML and edge-list files, read through networkx."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from torch_geometric.data import Data

from gcl.checks import OptionError
from gcl.datasets.networks import from_networkx
from gcl.datasets.numbered_edges import read_numbered
from gcl.functional.structure import give_structural_features

if TYPE_CHECKING:
    import networkx as nx


def read_graphml(
    path: Path, *, features: str | Sequence[str] | None = None, labels: str | None = None
) -> Data:
    r"""Read a GraphML file, which says itself whether it is directed."""
    import networkx as nx

    try:
        graph = nx.read_graphml(path)
    except Exception as error:  # malformed XML fails in many ways inside networkx
        raise ValueError(f"{path} is no GraphML file: {type(error).__name__}: {error}") from error
    try:
        return from_networkx(graph, features=features, labels=labels)
    except OptionError as error:
        raise OptionError(f"{path}: {error}") from error
    except (TypeError, ValueError) as error:
        raise ValueError(f"{path}: {error}") from error


def read_edge_list(path: Path, *, features: str | None = None, directed: bool = False) -> Data:
    r"""Read lines ``u v``, ``u v weight`` or ``u v {...}`` as networkx writes them.

    Fields are separated by blanks or commas; ``#`` starts a comment. If all node names are whole
    numbers, nodes are in the order of these numbers, and a first line of words is a header;
    otherwise, nodes are in the order in which they appear.
    """
    text = _text(path)
    numbered = read_numbered(text, directed)
    if numbered is not None:
        give_structural_features(numbered, features or "degree")
        return numbered
    lines = _lines(text, path)
    width = len(lines[0][1])
    for number, fields in lines:
        if len(fields) != width or width not in (2, 3):
            raise ValueError(
                f"{path}, line {number}: expected 2 or 3 fields, as many on every line, "
                f"got {' '.join(fields)!r}"
            )
    try:
        graph = _simple(_parse([fields for _, fields in lines], directed))
        return from_networkx(_in_order(graph), features=features)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{path}: {error}") from error


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is no text file: {error}") from error


def _lines(text: str, path: Path) -> list[tuple[int, list[str]]]:
    parsed = (
        (number, _fields(line.split("#")[0])) for number, line in enumerate(text.splitlines(), 1)
    )
    lines = [(number, fields) for number, fields in parsed if fields]
    if not lines:
        raise ValueError(f"{path} holds an empty graph: no edge")
    return lines


def _fields(line: str) -> list[str]:
    if "{" in line:  # edge data as a dictionary, which has blanks and commas of its own
        return line.strip().split(maxsplit=2)
    return line.replace(",", " ").split()


def _parse(lines: list[list[str]], directed: bool) -> nx.MultiGraph:
    import networkx as nx

    weighted = (("weight", float),)
    dictionary = lines[0][-1].startswith("{")
    return nx.parse_edgelist(
        ["\t".join(fields) for fields in lines],
        create_using=nx.MultiDiGraph if directed else nx.MultiGraph,
        delimiter="\t",
        data=dictionary or (weighted if len(lines[0]) == 3 else False),
    )


def _simple(multigraph: nx.MultiGraph) -> nx.Graph:
    r"""Merge edges that are listed again, provided that they have one weight."""
    import networkx as nx

    graph = (nx.DiGraph if multigraph.is_directed() else nx.Graph)(multigraph)
    for u, v, weight in multigraph.edges(data="weight"):
        kept = graph.edges[u, v].get("weight")
        if weight != kept and weight == weight:  # NaN is reported later
            raise ValueError(f"edge {u}-{v} is listed with several weights, {weight} and {kept}")
    return graph


def _in_order(graph: nx.Graph) -> nx.Graph:
    try:
        names = sorted(graph, key=int)
    except ValueError:  # some name is no whole number
        return graph
    ordered = graph.__class__()
    ordered.add_nodes_from(names)
    ordered.add_edges_from(graph.edges(data=True))
    return ordered
