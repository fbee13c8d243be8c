r"""AD-GCL on Cora in plain PyG: an encoder against a network that learns which edges to drop.

    python examples/adgcl_cora.py
    python examples/adgcl_cora.py --dataset digits     # needs no download

The game of https://arxiv.org/abs/2106.05819 on the nodes of one graph, with features masked beside.
Temperature and learning rate are the authors' for sets of graphs, whose penalty of 5 leaves every
edge in place here. They use GIN, and leave the positive out of the denominator.
"""

import argparse
import time

import torch
from torch import Tensor
from torch_geometric.data import Data
from torch_geometric.transforms import Compose, NormalizeFeatures

from gcl.augmenters import FeatureMask, LearnableEdgeDrop
from gcl.datasets import load
from gcl.encoders import GCN, ProjectionHead
from gcl.evaluation import node_classification
from gcl.losses import InfoNCE
from gcl.training import adversarial_step


def train(encoder: GCN, data: Data, epochs: int) -> None:
    r"""Train ``encoder`` on the graph and one view of it, drawn against it."""
    device = data.x.device
    drop = LearnableEdgeDrop(GCN(data.num_features, 64, 32), undirected=True).to(device)
    mask = FeatureMask(p=0.3)
    head = ProjectionHead(encoder.out_channels).to(device)
    loss_of = InfoNCE(temperature=0.2)
    down = torch.optim.Adam([*encoder.parameters(), *head.parameters()], lr=1e-3)
    up = torch.optim.Adam(drop.parameters(), lr=1e-3)

    def loss(view: Data) -> Tensor:
        z1 = head(encoder(mask(data).x, data.edge_index))
        return loss_of(z1, head(encoder(view.x, view.edge_index, view.edge_weight)))

    def penalty(view: Data) -> Tensor:
        return 0.3 * drop.drop_ratio(view)

    for epoch in range(1, epochs + 1):
        step = adversarial_step(loss, data, Compose([drop, mask]), down, up, penalty=penalty)
        if epoch % 50 == 0:
            ratio = drop.drop_ratio(drop(data)).item()
            print(f"epoch {epoch}: loss {step.loss:.4f}, drop ratio {ratio:.2f}")


@torch.no_grad()
def score(encoder: GCN, data: Data) -> str:
    r"""Accuracy of a linear probe over random 10/10/80 % splits, in per cent."""
    result = node_classification(encoder(data.x, data.edge_index), data.y)
    return f"accuracy {result['accuracy']} ({result.protocol})"


def main() -> None:
    r"""Train, and print the untrained encoder beside the result."""
    parser = argparse.ArgumentParser(description="AD-GCL in plain PyG.")
    parser.add_argument("--dataset", default="cora", help="a name, or the path of a graph")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--epochs", type=int, default=150)
    options = parser.parse_args()

    torch.manual_seed(options.seed)
    data = NormalizeFeatures()(load(options.dataset)[0]).to(options.device)
    encoder = GCN(data.num_features, 256, 128).to(options.device)
    print(f"untrained encoder: {score(encoder, data)}")

    start = time.perf_counter()
    train(encoder, data, options.epochs)
    seconds = time.perf_counter() - start
    print(f"AD-GCL: {score(encoder, data)}, {seconds:.1f} s of training")


if __name__ == "__main__":
    main()
