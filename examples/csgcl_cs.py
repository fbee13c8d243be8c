r"""CSGCL on Coauthor CS in plain PyG: communities in views and loss, and a loop of one's own.

    python examples/csgcl_cs.py
    python examples/csgcl_cs.py --dataset digits     # needs no download

The hyper-parameters are the authors' for CS (https://arxiv.org/abs/2305.04658).
"""

import argparse
import time

import torch
from torch_geometric.data import Data
from torch_geometric.transforms import Compose, NormalizeFeatures

from gcl.augmenters import CommunityEdgeDrop, CommunityFeatureMask
from gcl.augmenters.communities import Communities
from gcl.datasets import load
from gcl.encoders import GCN, ProjectionHead
from gcl.evaluation import node_classification
from gcl.losses import WeightedInfoNCE


def train(encoder: GCN, data: Data, epochs: int) -> None:
    r"""Train ``encoder`` on two views of ``data`` per epoch."""
    found = Communities("leiden")  # shared by views and loss, so that they are detected once
    strength = found(data.edge_index, data.num_nodes).strength

    def view(edge: float, mask: float) -> Compose:
        # Columns first: they are scored by the communities of the whole graph.
        columns = CommunityFeatureMask(mask, communities=found)
        return Compose([columns, CommunityEdgeDrop(edge, communities=found)])

    views = view(edge=0.1, mask=0.1), view(edge=0.1, mask=0.5)
    head = ProjectionHead(encoder.out_channels, 256).to(data.x.device)
    loss_of = WeightedInfoNCE(temperature=0.4)
    parameters = [*encoder.parameters(), *head.parameters()]
    optimizer = torch.optim.Adam(parameters, lr=5e-4, weight_decay=1e-5)

    for epoch in range(1, epochs + 1):
        gamma = min(max(0, (epoch - 1500) / 100), 1.0)  # teams up after 1,500 epochs
        z1, z2 = (head(encoder(v.x, v.edge_index)) for v in (augment(data) for augment in views))
        optimizer.zero_grad()
        loss = loss_of(z1, z2, log_weight=gamma * strength / 0.4)
        loss.backward()
        optimizer.step()
        if epoch % 50 == 0:
            print(f"epoch {epoch}: loss {loss.item():.4f}")


@torch.no_grad()
def score(encoder: GCN, data: Data) -> str:
    r"""Accuracy of a linear probe over random 10/10/80 % splits, in per cent."""
    result = node_classification(encoder(data.x, data.edge_index), data.y)
    return f"accuracy {result['accuracy']} ({result.protocol})"


def main() -> None:
    r"""Train, and print the untrained encoder beside the result."""
    parser = argparse.ArgumentParser(description="CSGCL in plain PyG.")
    parser.add_argument("--dataset", default="cs", help="a name, or the path of a graph")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--epochs", type=int, default=4600)
    options = parser.parse_args()

    torch.manual_seed(options.seed)
    data = NormalizeFeatures()(load(options.dataset)[0]).to(options.device)
    encoder = GCN(data.num_features, 512, 256, activation="rrelu").to(options.device)
    print(f"untrained encoder: {score(encoder, data)}")

    start = time.perf_counter()
    train(encoder, data, options.epochs)
    seconds = time.perf_counter() - start
    print(f"CSGCL: {score(encoder, data)}, {seconds:.1f} s of training")


if __name__ == "__main__":
    main()
