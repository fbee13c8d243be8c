r"""GRACE on OGB's node sets: mini-batches of METIS parts, embeddings layer by layer, linear probe.

    python examples/ogb/nodes.py --dataset ogbn-arxiv
    python examples/ogb/nodes.py --dataset ogbn-products --epochs 2
    python examples/ogb/nodes.py --synthetic 0.01     # a synthetic graph like it: no download

On a synthetic graph the accuracy says nothing about the data set.
"""

import argparse
import time

from torch_geometric.data import Data
from torch_geometric.utils import to_undirected

from gcl.datasets import load, synthetic
from gcl.evaluation import node_classification
from gcl.loaders import ClusterLoader, public_splits, random_split
from gcl.methods import GRACE
from gcl.training import fit, seed_all

GRID = [2.0**k for k in (-4, 0, 4, 8)]  # of the probe's penalty
BLOCK = 2**20  # nodes and edges that are encoded at once


def graph_of(name: str, scale: float | None) -> Data:
    r"""The graph with both directions of every edge, or a synthetic one of a share of its size."""
    data = (load(name) if scale is None else synthetic.like(name, scale=scale))[0]
    data.edge_index = to_undirected(data.edge_index, num_nodes=data.num_nodes)
    return data


def score(method: GRACE, data: Data) -> str:
    r"""Accuracy of a linear probe on OGB's split (a random one if there is none), in per cent."""
    h = method.embed(data, block_size=BLOCK)
    has_split = data.get("train_mask") is not None
    split = public_splits(data)[0] if has_split else random_split(len(h), y=data.y)
    result = node_classification(h, data.y, split, grid=GRID)
    return f"accuracy {result['accuracy']} ({result.protocol})"


def main() -> None:
    r"""Train, and print the untrained encoder beside the result."""
    parser = argparse.ArgumentParser(description="GRACE on OGB's node sets.")
    parser.add_argument("--dataset", default="ogbn-arxiv", help="ogbn-arxiv or ogbn-products")
    parser.add_argument("--synthetic", type=float, help="share of the size of a synthetic graph")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--part-nodes", type=int, default=512, help="nodes of a part")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()

    seed_all(options.seed)
    data = graph_of(options.dataset, options.synthetic)
    start = time.perf_counter()
    num_parts = max(1, data.num_nodes // options.part_nodes)
    loader = ClusterLoader(data, num_parts, batch_size=4)
    print(f"{num_parts} parts in {time.perf_counter() - start:.1f} s, {len(loader)} batches")

    method = GRACE(data.num_features, out_channels=256)
    print(f"untrained encoder: {score(method, data)}")
    result = fit(method, loader, epochs=options.epochs, lr=1e-3)
    print(f"GRACE: {score(method, data)}, {result.seconds:.1f} s of training")


if __name__ == "__main__":
    main()
