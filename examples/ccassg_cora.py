r"""CCA-SSG on Cora in plain PyG: two views, an encoder, a loss on columns, and a loop of one's own.

    python examples/ccassg_cora.py
    python examples/ccassg_cora.py --dataset digits     # needs no download

The hyper-parameters are the authors' for Cora (https://arxiv.org/abs/2106.12484).
"""

import argparse
import time

import torch
from torch_geometric.data import Data
from torch_geometric.transforms import Compose, NormalizeFeatures

from gcl.augmenters import EdgeDrop, FeatureMask
from gcl.datasets import load
from gcl.encoders import GCN
from gcl.evaluation import node_classification
from gcl.losses import CCASSG


def train(encoder: GCN, data: Data, epochs: int) -> None:
    r"""Train ``encoder`` on two views of ``data`` per epoch; there is no projector."""
    view = Compose([EdgeDrop(p=0.4), FeatureMask(p=0.1)])
    loss_of = CCASSG(decorrelation=1e-3)
    optimizer = torch.optim.Adam(encoder.parameters(), lr=1e-3)

    for epoch in range(1, epochs + 1):
        h1, h2 = (encoder(v.x, v.edge_index) for v in (view(data), view(data)))
        optimizer.zero_grad()
        loss = loss_of(h1, h2)
        loss.backward()
        optimizer.step()
        if epoch % 10 == 0:
            print(f"epoch {epoch}: loss {loss.item():.4f}")


@torch.no_grad()
def score(encoder: GCN, data: Data) -> str:
    r"""Accuracy of a linear probe over random 10/10/80 % splits, in per cent."""
    result = node_classification(encoder(data.x, data.edge_index), data.y)
    return f"accuracy {result['accuracy']} ({result.protocol})"


def main() -> None:
    r"""Train, and print the untrained encoder beside the result."""
    parser = argparse.ArgumentParser(description="CCA-SSG in plain PyG.")
    parser.add_argument("--dataset", default="cora", help="a name, or the path of a graph")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--epochs", type=int, default=50)
    options = parser.parse_args()

    torch.manual_seed(options.seed)
    data = NormalizeFeatures()(load(options.dataset)[0]).to(options.device)
    encoder = GCN(data.num_features, 512, 512, activate_last=False).to(options.device)
    print(f"untrained encoder: {score(encoder, data)}")

    start = time.perf_counter()
    train(encoder, data, options.epochs)
    seconds = time.perf_counter() - start
    print(f"CCA-SSG: {score(encoder, data)}, {seconds:.1f} s of training")


if __name__ == "__main__":
    main()
