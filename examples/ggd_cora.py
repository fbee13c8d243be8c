r"""GGD on Cora in plain PyG: a graph, its corruption, an encoder, one logit for each node.

    python examples/ggd_cora.py
    python examples/ggd_cora.py --dataset digits     # needs no download

The hyper-parameters are the authors' for Cora (https://arxiv.org/abs/2206.01535), who keep the
weights of the lowest loss; here those of the last epoch stay.
"""

import argparse
import time

import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits
from torch_geometric.data import Data
from torch_geometric.transforms import NormalizeFeatures

from gcl.augmenters import FeatureMask, FeatureShuffle
from gcl.datasets import load
from gcl.encoders import GCN
from gcl.evaluation import node_classification
from gcl.functional import gcn_adjacency


def train(encoder: GCN, data: Data, epochs: int) -> None:
    r"""Train ``encoder`` to tell the nodes of ``data`` from those with shuffled features."""
    mask, shuffle = FeatureMask(p=0.2), FeatureShuffle()
    head = nn.Linear(encoder.out_channels, encoder.out_channels).to(data.x.device)
    optimizer = torch.optim.Adam([*encoder.parameters(), *head.parameters()], lr=1e-3)
    label = torch.ones(2, data.num_nodes, device=data.x.device)
    label[1] = 0

    for epoch in range(1, epochs + 1):
        real = mask(data)
        graphs = real, shuffle(real)
        logits = torch.stack([head(encoder(g.x, g.edge_index)).sum(1) for g in graphs])
        loss = binary_cross_entropy_with_logits(logits, label)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if epoch % 100 == 0:
            print(f"epoch {epoch}: loss {loss.item():.4f}")


@torch.no_grad()
def score(encoder: GCN, data: Data) -> str:
    r"""Accuracy of a linear probe over random 10/10/80 % splits, in per cent."""
    h = encoder(data.x, data.edge_index)
    adjacency, smooth = gcn_adjacency(data.edge_index, len(h)), h
    for _ in range(5):
        smooth = adjacency @ smooth
    h = h + smooth
    result = node_classification(h, data.y)
    return f"accuracy {result['accuracy']} ({result.protocol})"


def main() -> None:
    r"""Train, and print the untrained encoder beside the result."""
    parser = argparse.ArgumentParser(description="GGD in plain PyG.")
    parser.add_argument("--dataset", default="cora", help="a name, or the path of a graph")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--epochs", type=int, default=500)
    options = parser.parse_args()

    torch.manual_seed(options.seed)
    data = NormalizeFeatures()(load(options.dataset)[0]).to(options.device)
    encoder = GCN(data.num_features, 512, 512, num_layers=1, activation="prelu").to(options.device)
    print(f"untrained encoder: {score(encoder, data)}")

    start = time.perf_counter()
    train(encoder, data, options.epochs)
    seconds = time.perf_counter() - start
    print(f"GGD: {score(encoder, data)}, {seconds:.1f} s of training")


if __name__ == "__main__":
    main()
