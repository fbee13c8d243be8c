r"""AFGRL on Amazon Photo in plain PyG: one graph, no augmentation, an encoder, its slowly
moving copy, a predictor, and a loop of one's own.

    python examples/afgrl_photo.py
    python examples/afgrl_photo.py --dataset digits --epochs 100     # needs no download

The hyper-parameters are the authors' for Amazon Photo (https://arxiv.org/abs/2112.02472).
"""

import argparse
import math
import time

import torch
from torch_geometric.data import Data

from gcl.datasets import load
from gcl.encoders import GCN, MovingAverage, PredictionHead
from gcl.evaluation import node_classification
from gcl.functional import nearby_pairs
from gcl.losses import Bootstrap
from gcl.modes import evaluating


def train(encoder: GCN, data: Data, epochs: int) -> None:
    r"""Train ``encoder`` to predict what its copy makes of each node and those nearby."""
    target = MovingAverage(encoder)
    width = encoder.out_channels
    predict = PredictionHead(width, 2 * width, norm="batch").to(data.x.device)
    loss_of = Bootstrap()
    parameters = [*encoder.parameters(), *predict.parameters()]
    optimizer = torch.optim.AdamW(parameters, lr=1e-3, weight_decay=1e-5)

    for epoch in range(epochs):
        if epoch:  # as in the authors' code, the first epoch alone measures the normalisation
            for network in (encoder, target, predict):
                network.eval()
        h, y = (network(data.x, data.edge_index) for network in (encoder, target))
        pairs = nearby_pairs(h, y, data.edge_index, num_neighbors=4)
        q = predict(h)
        loss = loss_of(q, y, pairs) + loss_of(q, y, pairs.flip(0))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        target.update(encoder, 1 - 0.1 * (1 + math.cos(math.pi * epoch / epochs)) / 2)
        if (epoch + 1) % 10 == 0:
            print(f"epoch {epoch + 1}: loss {loss.item():.4f}, {pairs.size(1)} positives")


@torch.no_grad()
def score(encoder: GCN, data: Data) -> str:
    r"""Accuracy of a linear probe over random 10/10/80 % splits, in per cent."""
    with evaluating(encoder):  # batch normalisation by its running statistics
        result = node_classification(encoder(data.x, data.edge_index), data.y)
    return f"accuracy {result['accuracy']} ({result.protocol})"


def main() -> None:
    r"""Train, and print the untrained encoder beside the result."""
    parser = argparse.ArgumentParser(description="AFGRL in plain PyG.")
    parser.add_argument("--dataset", default="photo", help="a name, or the path of a graph")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--epochs", type=int, default=5000)
    options = parser.parse_args()

    torch.manual_seed(options.seed)
    data = load(options.dataset)[0].to(options.device)
    layers = {"activation": "prelu", "norm": "batch", "norm_momentum": 0.01}
    encoder = GCN(data.num_features, 512, 512, num_layers=1, **layers).to(options.device)
    print(f"untrained encoder: {score(encoder, data)}")

    start = time.perf_counter()
    train(encoder, data, options.epochs)
    seconds = time.perf_counter() - start
    print(f"AFGRL: {score(encoder, data)}, {seconds:.1f} s of training")


if __name__ == "__main__":
    main()
