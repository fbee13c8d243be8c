r"""SUGRL on Cora in plain PyG: a perceptron, two positives for each node, and a loss of margins.

    python examples/sugrl_cora.py
    python examples/sugrl_cora.py --dataset digits     # needs no download

The hyper-parameters are the authors' for Cora (https://doi.org/10.1609/aaai.v36i7.20748).
"""

import argparse
import time

import torch
from torch.nn import functional as F
from torch_geometric.data import Data
from torch_geometric.transforms import NormalizeFeatures

from gcl.datasets import load
from gcl.encoders import MLP
from gcl.evaluation import node_classification
from gcl.functional import gcn_adjacency
from gcl.functional.neighbors import cyclic_neighbors, mean_rows, self_and_neighbors
from gcl.methods.multiplet import Multiplet


def train(encoder: MLP, data: Data, epochs: int) -> None:
    r"""Train ``encoder`` to place nodes near their neighbourhood and away from others."""
    adjacency = gcn_adjacency(data.edge_index, data.num_nodes)
    neighbors = self_and_neighbors(data.edge_index, data.num_nodes)
    loss_of = Multiplet(weights=(10, 10, 1), margins=(0.8, 0.2), num_negatives=4)
    optimizer = torch.optim.Adam(encoder.parameters(), lr=5e-3, weight_decay=5e-5)

    for epoch in range(1, epochs + 1):
        h = encoder(F.dropout(data.x, 0.3))
        structural = adjacency @ F.dropout(h, 0.2)
        places = torch.arange(epoch, epoch + 10, 2, device=h.device)  # five neighbours each
        loss = loss_of(h, structural, mean_rows(h, cyclic_neighbors(neighbors, places)))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if epoch % 100 == 0:
            print(f"epoch {epoch}: loss {loss.item():.4f}")


@torch.no_grad()
def score(encoder: MLP, data: Data) -> str:
    r"""Accuracy of a linear probe over random 10/10/80 % splits, in per cent."""
    h = gcn_adjacency(data.edge_index, data.num_nodes) @ encoder(data.x)
    result = node_classification(h, data.y)
    return f"accuracy {result['accuracy']} ({result.protocol})"


def main() -> None:
    r"""Train, and print the untrained encoder beside the result."""
    parser = argparse.ArgumentParser(description="SUGRL in plain PyG.")
    parser.add_argument("--dataset", default="cora", help="a name, or the path of a graph")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--epochs", type=int, default=500)
    options = parser.parse_args()

    torch.manual_seed(options.seed)
    data = NormalizeFeatures()(load(options.dataset)[0]).to(options.device)
    encoder = MLP(data.num_features, 512, 128, activate_last=False).to(options.device)
    print(f"untrained encoder: {score(encoder, data)}")

    start = time.perf_counter()
    train(encoder, data, options.epochs)
    seconds = time.perf_counter() - start
    print(f"SUGRL: {score(encoder, data)}, {seconds:.1f} s of training")


if __name__ == "__main__":
    main()
