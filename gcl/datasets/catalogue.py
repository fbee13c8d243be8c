r"""The table of known data sets.

Counts are nodes, edges (an undirected edge counts twice, as in PyG), features and classes.
"""

from dataclasses import replace

from gcl.datasets.embedded import Built, digits, karate
from gcl.datasets.entry import Entry
from gcl.datasets.families import (
    airports,
    attributed,
    citation_full,
    geom_gcn,
    gnn_benchmark,
    heterophilous,
    interactions,
    linkx,
    ogb,
    planetoid,
    sdcn,
    usps,
    webkb,
    wikipedia,
)
from gcl.datasets.interaction_files import InteractionText
from gcl.datasets.ogb_nodes import OGBNodes
from gcl.datasets.readers import PyG

# Every count below was compared with the real files.
_VERIFIED = [
    Entry(
        "digits",
        *(1797, 24678, 64, 10),
        split="random",
        licence="BSD-3-Clause (scikit-learn); data CC BY 4.0 (UCI)",
        reference="https://doi.org/10.24432/C50P49",
        reader=Built(digits),
    ),
    Entry(
        "karate",
        *(34, 156, 34, 4),
        split="random",
        licence="MIT (PyG); data not stated",
        reference="https://doi.org/10.1086/jar.33.4.3629752",
        reader=Built(karate),
    ),
    planetoid("Cora", 2708, 10556, 1433, 7, train=140),
    planetoid("CiteSeer", 3327, 9104, 3703, 6, train=120),
    planetoid("PubMed", 19717, 88648, 500, 3, train=60),
    gnn_benchmark("Amazon", "Photo", "amazon_electronics_photo.npz", 7650, 238162, 745, 8),
    gnn_benchmark("Coauthor", "CS", "ms_academic_cs.npz", 18333, 163788, 6805, 15),
    gnn_benchmark("Coauthor", "Physics", "ms_academic_phy.npz", 34493, 495924, 8415, 5),
    citation_full("cora_ml", "cora_ml", 2995, 16316, 2879, 7),
    attributed("blogcatalog", 5196, 343486, 8189, 6),
    airports("usa", 1190, 13599, 1190, 4),
    airports("europe", 399, 5995, 399, 4),
    airports("brazil", 131, 1074, 131, 4),
    webkb("texas", 183, 325, 1703, 5),
    webkb("cornell", 183, 298, 1703, 5),
    geom_gcn("actor", "Actor/raw", "film", PyG("Actor", "Actor"), 7600, 30019, 932, 5),
    wikipedia("chameleon", 2277, 36101, 2325, 5),
    heterophilous("chameleon_filtered", 890, 17708, 2325, 5),
    heterophilous("minesweeper", 10000, 78804, 7, 2),
    linkx("reed98", 962, 37624, 745, 2),
    linkx("johnshopkins55", 5180, 373172, 2406, 2),
    sdcn("acm_sdcn", 3025, 26256, 1870, 3),
    sdcn("cite_sdcn", 3327, 9104, 3703, 6),
    usps("usps_sdcn", 3, 42904),
    usps("usps_sdcn_k1", 1, 15162),
    usps("usps_sdcn_k5", 5, 69992),
    usps("usps_sdcn_k10", 10, 137634),
    interactions(
        "lastfm",
        InteractionText("LastFM/raw", "data1.txt", "test1.txt", layout="pairs", first=1),
        *(1892, 4489, 42135, 10533),
        reference="https://github.com/gusye1234/LightGCN-PyTorch",
    ),
    interactions(
        "gowalla",
        InteractionText("Gowalla/raw"),
        *(29858, 40981, 810128, 217242),
        reference="https://github.com/gusye1234/LightGCN-PyTorch",
    ),
    interactions(
        "douban_book",
        InteractionText("douban_book/raw"),
        *(13024, 22347, 633649, 158413),
        reference="https://github.com/wangyu0627/IHGCL",
    ),
]

# Counts as the references, or the documentation of PyG, DGL or OGB, state them.
_PUBLISHED = [
    gnn_benchmark(
        "Amazon", "Computers", "amazon_electronics_computers.npz", 13752, 491722, 767, 10
    ),
    citation_full("cora_full", "cora", 19793, 126842, 8710, 70),
    citation_full("citeseer_full", "citeseer", 4230, 10674, 602, 6),
    citation_full("pubmed_full", "pubmed", 19717, 88648, 500, 3),
    citation_full("dblp", "dblp", 17716, 105734, 1639, 4),
    Entry(
        "wikics",
        *(11701, 431726, 300, 10),
        split="wikics",
        licence="MIT",
        reference="https://github.com/pmernyei/wiki-cs-dataset",
        folder="WikiCS/raw",
        files=("data.json",),
        reader=PyG("WikiCS", "WikiCS", {"is_undirected": True}),
    ),
    attributed("flickr", 7575, 479476, 12047, 9),
    attributed("wiki", 2405, 17981, 4973, 17, directed=True),
    webkb("wisconsin", 251, 515, 1703, 5),
    wikipedia("squirrel", 5201, 217073, 2089, 5),
    heterophilous("roman_empire", 22662, 65854, 300, 18),
    heterophilous("amazon_ratings", 24492, 186100, 300, 5),
    heterophilous("tolokers", 11758, 1038000, 10, 2),
    heterophilous("questions", 48921, 307080, 301, 2),
    linkx("penn94", 41554, 2724458, 4814, 2, split_file="fb100-Penn94-splits.npy"),
    linkx("amherst41", 2235, 181908, None, 2),
    linkx("cornell5", 18660, 1581554, None, 2),
    linkx("genius", 421961, None, 12, 2, directed=True),
    ogb(
        "ogbn-arxiv",
        *(169343, 1166243, 128, 40),
        licence="ODC-BY",
        features="node-feat",
        layout=OGBNodes("OGB/ogbn_arxiv", "arxiv", "time", node_file="node_year"),
    ),
    ogb(
        "ogbn-products",
        *(2449029, 123718280, 100, 47),
        licence="Amazon licence",
        features="node-feat",
        layout=OGBNodes("OGB/ogbn_products", "products", "sales_ranking", both_directions=True),
    ),
    replace(
        ogb(
            "ogbn-proteins",
            *(132534, 79122504, 8, 112),
            licence="CC0-1.0",
            features="edge-feat",
            layout=OGBNodes("OGB/ogbn_proteins", "proteins", "species", both_directions=True),
        ),
        tasks=("node", "link"),  # 112 binary labels are no clusters
    ),
]

_ALIASES = {
    "photo": ("amazon_photo", "amap"),
    "computers": ("amazon_computers",),
    "cs": ("coauthor_cs",),
    "physics": ("coauthor_physics",),
    "usa": ("airports_usa", "uat"),
    "europe": ("airports_europe", "eat"),
    "brazil": ("airports_brazil", "bat"),
    "actor": ("film",),
    "usps_sdcn": ("usps_sdcn_k3",),
}

CATALOGUE: dict[str, Entry] = {
    row.name: replace(row, verified=verified, aliases=_ALIASES.get(row.name, ()))
    for verified, rows in ((True, _VERIFIED), (False, _PUBLISHED))
    for row in rows
}
