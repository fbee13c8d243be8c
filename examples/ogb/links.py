r"""GRACE on OGB's link sets, scored by OGB's evaluator.

    python examples/ogb/links.py --dataset ogbl-collab
    python examples/ogb/links.py --dataset ogbl-ddi

The encoder sees the training edges only. A pair is scored by the cosine of its embeddings. The
nodes of ogbl-ddi have no features: they get random ones. Needs the package ogb.
"""

import argparse

import torch
import torch.nn.functional as F
from torch import Tensor

from gcl.datasets import OGBLinks, load_links
from gcl.evaluation import ogb_evaluator
from gcl.loaders import ClusterLoader
from gcl.methods import GRACE
from gcl.training import fit, seed_all

WIDTH = 128  # of random features


def cosine(h: Tensor, pairs: Tensor) -> Tensor:
    r"""Similarity of both ends of each pair: [N, D], [P, 2] -> [P]."""
    h = F.normalize(h)
    return torch.cat([(h[u] * h[v]).sum(dim=1) for u, v in (p.t() for p in pairs.split(2**20))])


def score(method: GRACE, links: OGBLinks, name: str) -> str:
    r"""Hits@K of the set's own K, on the validation and the test part."""
    h, evaluator = method.embed(links.data, block_size=2**20), ogb_evaluator(name)
    found = []
    for part in ("valid", "test"):
        pairs = links.split[part]
        positive, negative = cosine(h, pairs["edge"]), cosine(h, pairs["edge_neg"])
        for metric, value in evaluator.eval(
            {"y_pred_pos": positive, "y_pred_neg": negative}
        ).items():
            found.append(f"{part} {metric} {100 * value:.1f}")
    return ", ".join(found)


def main() -> None:
    r"""Train, and print the untrained encoder beside the result."""
    parser = argparse.ArgumentParser(description="GRACE on OGB's link sets.")
    parser.add_argument("--dataset", default="ogbl-collab", help="ogbl-collab or ogbl-ddi")
    parser.add_argument("--root", help="folder of raw files")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--part-nodes", type=int, default=512, help="nodes of a part")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()

    seed_all(options.seed)
    links = load_links(options.dataset, options.root)
    data = links.data
    if data.get("x") is None:
        data.x = torch.randn(data.num_nodes, WIDTH)
    num_parts = max(1, data.num_nodes // options.part_nodes)
    method = GRACE(data.num_features, out_channels=256)
    print(f"untrained encoder: {score(method, links, options.dataset)}")
    result = fit(
        method, ClusterLoader(data, num_parts, batch_size=4), epochs=options.epochs, lr=1e-3
    )
    print(f"GRACE: {score(method, links, options.dataset)}, {result.seconds:.1f} s of training")


if __name__ == "__main__":
    main()
