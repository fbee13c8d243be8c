r"""Rows of the catalogue that share a source: one function a family.

Counts are nodes, edges (an undirected edge counts twice), features and classes.
"""

from dataclasses import replace

from gcl.datasets.entry import RANKING, Entry, Interactions
from gcl.datasets.interaction_files import InteractionText
from gcl.datasets.ogb_nodes import OGBNodes
from gcl.datasets.readers import AttributedNpz, MaskedNpz, PyG

Count = int | None


def planetoid(label: str, *counts: Count, train: int) -> Entry:
    r"""Citation networks with the public split (Yang et al., 2016)."""
    parts = ("x", "tx", "allx", "y", "ty", "ally", "graph", "test.index")
    return Entry(
        label.lower(),
        *counts,
        split="public",
        split_sizes=(train, 500, 1000),
        licence="MIT",
        reference="https://github.com/kimiyoung/planetoid",
        folder=f"{label}/raw",
        files=tuple(f"ind.{label.lower()}.{part}" for part in parts),
        reader=PyG("Planetoid", args={"name": label}),
    )


def gnn_benchmark(cls: str, label: str, file: str, *counts: Count) -> Entry:
    r"""Amazon and Coauthor graphs (Shchur et al., 2018)."""
    return Entry(
        label.lower(),
        *counts,
        split="random",
        licence="MIT",
        reference="https://github.com/shchur/gnn-benchmark",
        folder=f"{label}/raw",
        files=(file,),
        reader=PyG(cls, args={"name": label}),
    )


def citation_full(name: str, label: str, *counts: Count) -> Entry:
    r"""Full citation networks (Bojchevski and Guennemann, 2018).

    They lie below ``CitationFull/``, since their folders would clash with Planetoid's where a file
    system ignores case; ``cora_ml`` lies where PyG puts it.
    """
    root = "." if name == label else "CitationFull"
    folder = f"{label}/raw" if name == label else f"{root}/{label}/raw"
    return Entry(
        name,
        *counts,
        split="random",
        licence="MIT",
        reference="https://github.com/abojchevski/graph2gauss",
        folder=folder,
        files=(f"{label}.npz",),
        reader=PyG("CitationFull", root, {"name": label}),
    )


def attributed(label: str, *counts: Count, directed: bool = False) -> Entry:
    r"""Attributed networks (Yang et al., 2020)."""
    return Entry(
        label,
        *counts,
        split="random",
        licence="not stated",
        reference="https://arxiv.org/abs/2009.00826",
        directed=directed,
        folder=f"{label}/raw",
        files=("attrs.npz", "edgelist.txt", "labels.txt"),
        reader=PyG("AttributedGraphDataset", args={"name": label}),
    )


def airports(label: str, *counts: Count) -> Entry:
    r"""Airports and their flights, one-hot features (Ribeiro et al., 2017)."""
    return Entry(
        label,
        *counts,
        split="random",
        licence="MIT",
        reference="https://github.com/leoribeiro/struc2vec",
        directed=True,
        folder=f"Airports/{label}/raw",
        files=(f"{label}-airports.edgelist", f"labels-{label}-airports.txt"),
        reader=PyG("Airports", "Airports", {"name": label}),
    )


def geom_gcn(name: str, folder: str, prefix: str, reader: PyG, *counts: Count) -> Entry:
    r"""WebKB, Actor and Wikipedia graphs with ten splits (Pei et al., 2020)."""
    files = ["out1_node_feature_label.txt", "out1_graph_edges.txt"]
    return Entry(
        name,
        *counts,
        split="public",
        licence="not stated",
        reference="https://github.com/graphdml-uiuc-jlu/geom-gcn",
        directed=True,
        folder=folder,
        files=(*files, *(f"{prefix}_split_0.6_0.2_{i}.npz" for i in range(10))),
        reader=reader,
    )


def webkb(name: str, *counts: Count) -> Entry:
    r"""Web pages of three universities."""
    return geom_gcn(name, f"{name}/raw", name, PyG("WebKB", args={"name": name}), *counts)


def wikipedia(name: str, *counts: Count) -> Entry:
    r"""Wikipedia pages, as preprocessed by Pei et al."""
    reader = PyG("WikipediaNetwork", args={"name": name})
    return geom_gcn(name, f"{name}/geom_gcn/raw", name, reader, *counts)


def heterophilous(name: str, *counts: Count) -> Entry:
    r"""Heterophilous graphs with ten splits (Platonov et al., 2023)."""
    path = f"{name}/raw/{name}.npz"
    in_pyg = not name.endswith("_filtered")
    return Entry(
        name,
        *counts,
        split="public",
        licence="MIT",
        reference="https://github.com/yandex-research/heterophilous-graphs",
        folder=f"{name}/raw",
        files=(f"{name}.npz",),
        reader=PyG("HeterophilousGraphDataset", args={"name": name}) if in_pyg else MaskedNpz(path),
    )


def linkx(name: str, *counts: Count, split_file: str = "", directed: bool = False) -> Entry:
    r"""Social networks without homophily; ``y`` is -1 where it is not known (Lim et al., 2021)."""
    return Entry(
        name,
        *counts,
        split="public" if split_file else "random",
        licence="not stated",
        reference="https://github.com/CUAI/Non-Homophily-Large-Scale",
        directed=directed,
        folder=f"{name}/raw",
        files=("data.mat", split_file) if split_file else ("data.mat",),
        reader=PyG("LINKXDataset", args={"name": name}),
    )


def sdcn(name: str, *counts: Count, licence: str = "MIT / Apache-2.0") -> Entry:
    r"""Graphs of the deep clustering literature (Bo et al., 2020), one npz file each."""
    return Entry(
        name,
        *counts,
        split="random",
        licence=licence,
        reference="https://github.com/bdy9527/SDCN",
        folder=f"{name}/raw",
        files=(f"{name}.npz",),
        reader=AttributedNpz(f"{name}/raw/{name}.npz"),
    )


def usps(name: str, neighbours: int, num_edges: int) -> Entry:
    r"""USPS digits with one of the nearest-neighbour graphs of SDCN, all in one file."""
    entry = sdcn("usps_sdcn", 9298, num_edges, 256, 10, licence="graph Apache-2.0; data not stated")
    reader = AttributedNpz("usps_sdcn/raw/usps_sdcn.npz", f"edge_index_k{neighbours}")
    return replace(entry, name=name, reader=reader)


def interactions(
    name: str, reader: InteractionText, *counts: int, reference: str, licence: str = "not stated"
) -> Entry:
    r"""Users and items with a given test part; counts are users, items, training and test."""
    found = Interactions(*counts)
    return Entry(
        name,
        num_nodes=found.users + found.items,
        num_edges=2 * found.train,
        num_features=None,
        num_classes=None,
        split="given",
        licence=licence,
        reference=reference,
        folder=reader.folder,
        files=(reader.train, reader.test),
        tasks=(RANKING,),
        interactions=found,
        reader=reader,
    )


def ogb(name: str, *counts: Count, licence: str, features: str, layout: OGBNodes) -> Entry:
    r"""Node sets of the Open Graph Benchmark (Hu et al., 2020)."""
    raw = ["edge", "node-label", features]
    raw += [layout.node_file] if layout.node_file else []
    parts = [f"split/{layout.split}/{part}.csv.gz" for part in ("train", "valid", "test")]
    return Entry(
        name,
        *counts,
        split="public",
        licence=licence,
        reference="https://ogb.stanford.edu/docs/nodeprop/",
        directed=not layout.both_directions,
        folder=layout.folder,
        files=(*(f"raw/{file}.csv.gz" for file in raw), *parts),
        reader=layout,
    )
