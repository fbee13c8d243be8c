r"""DGI on Cora in plain PyG: a graph, its corruption, an encoder, a loss, and a loop of one's own.

    python examples/dgi_cora.py
    python examples/dgi_cora.py --dataset digits     # needs no download

The hyper-parameters are the authors' for Cora (https://arxiv.org/abs/1809.10341), but for the
longest training: theirs stops after 20 epochs without a better loss, 10,000 at most.
"""

import argparse
import copy
import time

import torch
from torch_geometric.data import Data
from torch_geometric.transforms import NormalizeFeatures

from gcl.augmenters import FeatureShuffle
from gcl.datasets import load
from gcl.encoders import GCN
from gcl.evaluation import node_classification
from gcl.losses import LocalGlobal


def train(encoder: GCN, data: Data, epochs: int, patience: int = 20) -> None:
    r"""Train ``encoder`` until the loss stalls, and leave it the weights of the lowest loss."""
    corrupt = FeatureShuffle()
    loss_of = LocalGlobal(encoder.out_channels).to(data.x.device)
    optimizer = torch.optim.Adam([*encoder.parameters(), *loss_of.parameters()], lr=1e-3)

    lowest, waited, best = float("inf"), 0, encoder.state_dict()
    while waited < patience and epochs:
        fake = corrupt(data)
        loss = loss_of(encoder(data.x, data.edge_index), encoder(fake.x, fake.edge_index))
        waited += 1
        if loss.item() < lowest:  # of the weights before the step
            lowest, waited, best = loss.item(), 0, copy.deepcopy(encoder.state_dict())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        epochs -= 1
    encoder.load_state_dict(best)
    print(f"lowest loss: {lowest:.4f}")


@torch.no_grad()
def score(encoder: GCN, data: Data) -> str:
    r"""Accuracy of a linear probe over random 10/10/80 % splits, in per cent."""
    result = node_classification(encoder(data.x, data.edge_index), data.y)
    return f"accuracy {result['accuracy']} ({result.protocol})"


def main() -> None:
    r"""Train, and print the untrained encoder beside the result."""
    parser = argparse.ArgumentParser(description="DGI in plain PyG.")
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
    print(f"DGI: {score(encoder, data)}, {seconds:.1f} s of training")


if __name__ == "__main__":
    main()
