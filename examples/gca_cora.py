r"""GCA on Cora in plain PyG: adaptive views, an encoder, a loss, and a loop of one's own.

    python examples/gca_cora.py
    python examples/gca_cora.py --dataset digits     # needs no download

The method is that of https://arxiv.org/abs/2010.14945; its hyper-parameters for Cora are those of
the repository of POT (https://arxiv.org/abs/2309.13944), which masks no feature columns there.
"""

import argparse
import time

import torch
from torch_geometric.data import Data
from torch_geometric.transforms import Compose, NormalizeFeatures

from gcl.augmenters import AdaptiveEdgeDrop, AdaptiveFeatureMask
from gcl.augmenters.centrality import Centrality
from gcl.datasets import load
from gcl.encoders import GCN, ProjectionHead
from gcl.evaluation import node_classification
from gcl.losses import NTXent


def train(encoder: GCN, data: Data, epochs: int) -> None:
    r"""Train ``encoder`` on two views of ``data`` per epoch."""
    degree = Centrality("degree")  # shared, so that it is computed once

    def view(edge: float, mask: float) -> Compose:
        # Columns first: they are scored by the edges of the whole graph.
        columns = AdaptiveFeatureMask(mask, centrality=degree)
        return Compose([columns, AdaptiveEdgeDrop(edge, centrality=degree)])

    views = view(edge=0.3, mask=0.0), view(edge=0.1, mask=0.0)
    head = ProjectionHead(encoder.out_channels).to(data.x.device)
    loss_of = NTXent(temperature=0.9)
    parameters = [*encoder.parameters(), *head.parameters()]
    optimizer = torch.optim.Adam(parameters, lr=5e-4, weight_decay=1e-5)

    for epoch in range(1, epochs + 1):
        z1, z2 = (head(encoder(v.x, v.edge_index)) for v in (augment(data) for augment in views))
        optimizer.zero_grad()
        loss = loss_of(z1, z2)
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
    parser = argparse.ArgumentParser(description="GCA in plain PyG.")
    parser.add_argument("--dataset", default="cora", help="a name, or the path of a graph")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--epochs", type=int, default=700)
    options = parser.parse_args()

    torch.manual_seed(options.seed)
    data = NormalizeFeatures()(load(options.dataset)[0]).to(options.device)
    encoder = GCN(data.num_features, 256, 128).to(options.device)
    print(f"untrained encoder: {score(encoder, data)}")

    start = time.perf_counter()
    train(encoder, data, options.epochs)
    seconds = time.perf_counter() - start
    print(f"GCA: {score(encoder, data)}, {seconds:.1f} s of training")


if __name__ == "__main__":
    main()
