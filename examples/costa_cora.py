r"""COSTA on Cora in plain PyG: two views, an encoder, random sketches of both, a loss.

    python examples/costa_cora.py
    python examples/costa_cora.py --dataset digits     # needs no download

The hyper-parameters are the authors' for Cora (https://arxiv.org/abs/2206.04726).
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
from gcl.functional import sketch_rows
from gcl.losses import InfoNCE


def train(encoder: GCN, data: Data, epochs: int) -> None:
    r"""Train ``encoder`` on mixtures of the nodes of two views of ``data``."""
    view1 = Compose([EdgeDrop(p=0.2), FeatureMask(p=0.3)])
    view2 = Compose([EdgeDrop(p=0.4), FeatureMask(p=0.4)])
    head = ProjectionHead(encoder.out_channels).to(data.x.device)
    loss_of = InfoNCE(temperature=0.4)
    optimizer = torch.optim.Adam([*encoder.parameters(), *head.parameters()], lr=1e-4)

    for epoch in range(1, epochs + 1):
        h1, h2 = (encoder(v.x, v.edge_index) for v in (view1(data), view2(data)))
        both = sketch_rows(torch.cat([h1, h2], dim=1), data.num_nodes // 2)  # rows mixed alike
        loss = loss_of(*(head(s) for s in both.chunk(2, dim=1)))
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
    parser = argparse.ArgumentParser(description="COSTA in plain PyG.")
    parser.add_argument("--dataset", default="cora", help="a name, or the path of a graph")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--epochs", type=int, default=700)
    options = parser.parse_args()

    torch.manual_seed(options.seed)
    data = NormalizeFeatures()(load(options.dataset)[0]).to(options.device)
    encoder = GCN(data.num_features, 256, 256).to(options.device)
    print(f"untrained encoder: {score(encoder, data)}")

    start = time.perf_counter()
    train(encoder, data, options.epochs)
    seconds = time.perf_counter() - start
    print(f"COSTA: {score(encoder, data)}, {seconds:.1f} s of training")


if __name__ == "__main__":
    main()
