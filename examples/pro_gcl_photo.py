r"""ProGCL on Amazon Photo in plain PyG: GRACE first, then negatives by how likely they are true.

    python examples/pro_gcl_photo.py
    python examples/pro_gcl_photo.py --dataset digits     # needs no download

The hyper-parameters are the authors' for Photo (https://arxiv.org/abs/2110.02027), who drop edges
and features by centrality.
"""

import argparse
import time

import torch
from torch_geometric.data import Data
from torch_geometric.transforms import Compose, NormalizeFeatures

from gcl.augmenters import EdgeDrop, FeatureMask
from gcl.datasets import load
from gcl.encoders import GCN, ProjectionHead
from gcl.evaluation import node_classification
from gcl.losses import NTXent
from gcl.methods.hard_negatives import TrueNegatives


def train(encoder: GCN, data: Data, epochs: int, fit_at: int = 400) -> None:
    r"""Train ``encoder``; from epoch ``fit_at`` on, weigh negatives by a mixture fitted then."""
    view1 = Compose([EdgeDrop(p=0.6), FeatureMask(p=0.2)])
    view2 = Compose([EdgeDrop(p=0.3), FeatureMask(p=0.3)])
    head = ProjectionHead(encoder.out_channels).to(data.x.device)
    plain, weighted = NTXent(temperature=0.2), TrueNegatives(temperature=0.2).to(data.x.device)
    parameters = [*encoder.parameters(), *head.parameters()]
    optimizer = torch.optim.Adam(parameters, lr=1e-2, weight_decay=1e-5)

    for epoch in range(1, epochs + 1):
        z1, z2 = (head(encoder(v.x, v.edge_index)) for v in (view1(data), view2(data)))
        if epoch == fit_at:
            weighted.fit(z1, z2)
        loss = plain(z1, z2) if epoch < fit_at else weighted(z1, z2)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if epoch % 100 == 0:
            print(f"epoch {epoch}: loss {loss.item():.4f}")


@torch.no_grad()
def score(encoder: GCN, data: Data) -> str:
    r"""Accuracy of a linear probe over random 10/10/80 % splits, in per cent."""
    h = encoder(data.x, data.edge_index)
    result = node_classification(h, data.y)
    return f"accuracy {result['accuracy']} ({result.protocol})"


def main() -> None:
    r"""Train, and print the untrained encoder beside the result."""
    parser = argparse.ArgumentParser(description="ProGCL in plain PyG.")
    parser.add_argument("--dataset", default="photo", help="a name, or the path of a graph")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--epochs", type=int, default=2500)
    options = parser.parse_args()

    torch.manual_seed(options.seed)
    data = NormalizeFeatures()(load(options.dataset)[0]).to(options.device)
    encoder = GCN(data.num_features, 256, 128, activation="rrelu").to(options.device)
    print(f"untrained encoder: {score(encoder, data)}")

    start = time.perf_counter()
    train(encoder, data, options.epochs)
    seconds = time.perf_counter() - start
    print(f"ProGCL: {score(encoder, data)}, {seconds:.1f} s of training")


if __name__ == "__main__":
    main()
