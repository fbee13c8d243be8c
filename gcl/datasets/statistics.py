r"""What the catalogue does not say of a graph and a synthetic one needs: homophily and degrees."""

from typing import NamedTuple


class Shape(NamedTuple):
    r"""How edges lie in a graph.

    Attributes:
        homophily: share of the edges between labelled nodes that join nodes of one class.
        largest_degree: of a node, edges in both directions counted once.
        variation: standard deviation of the degrees over their mean; None if it is not known.
    """

    homophily: float
    largest_degree: int
    variation: float | None = None


# Counted in the files, but for OGB's sets: those figures are assumptions, checked in no source.
SHAPES: dict[str, Shape] = {
    "digits": Shape(0.956, 35, 0.29),
    "karate": Shape(0.756, 17, 0.83),
    "cora": Shape(0.810, 168, 1.34),
    "citeseer": Shape(0.736, 99, 1.24),
    "pubmed": Shape(0.802, 171, 1.65),
    "photo": Shape(0.827, 1434, 1.52),
    "cs": Shape(0.808, 136, 1.02),
    "physics": Shape(0.931, 382, 1.08),
    "cora_ml": Shape(0.789, 246, 1.51),
    "blogcatalog": Shape(0.401, 769, 0.83),
    "usa": Shape(0.698, 238, 1.77),
    "europe": Shape(0.405, 202, 1.15),
    "brazil": Shape(0.468, 81, 1.05),
    "texas": Shape(0.108, 104, 2.23),
    "cornell": Shape(0.305, 94, 2.17),
    "actor": Shape(0.219, 1304, 2.33),
    "chameleon": Shape(0.235, 739, 1.75),
    "chameleon_filtered": Shape(0.236, 247, 1.41),
    "minesweeper": Shape(0.683, 8, 0.07),
    "reed98": Shape(0.522, 313, 0.91),
    "johnshopkins55": Shape(0.549, 886, 0.96),
    "acm_sdcn": Shape(0.821, 90, 1.40),
    "cite_sdcn": Shape(0.736, 99, 1.24),
    "usps_sdcn": Shape(0.950, 16, 0.38),
    "usps_sdcn_k1": Shape(0.966, 9, 0.55),
    "usps_sdcn_k5": Shape(0.939, 22, 0.33),
    "usps_sdcn_k10": Shape(0.918, 39, 0.29),
    "ogbn-arxiv": Shape(0.66, 13161),
    "ogbn-products": Shape(0.81, 17481),
}
