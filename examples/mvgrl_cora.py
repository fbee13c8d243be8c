r"""MVGRL on Cora in plain PyG: a graph, its diffusion, two encoders, and a loop of one's own.

    python examples/mvgrl_cora.py
    python examples/mvgrl_cora.py --dataset digits     # needs no download

The hyper-parameters are those of the recipe for Cora (https://arxiv.org/abs/2006.05582), but for
the longest training: there it stops after 20 epochs without a better loss, 3,000 at most.
"""

import argparse
import copy
import time

import torch
from torch import Tensor, nn
from torch_geometric.data import Data
from torch_geometric.transforms import NormalizeFeatures

from gcl.augmenters import Diffusion, FeatureShuffle
from gcl.datasets import load
from gcl.encoders import GCN
from gcl.evaluation import node_classification
from gcl.losses import LocalGlobal


class TwoEncoders(nn.Module):
    r"""Encode a graph along its edges and along its diffusion."""

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        shape = {"hidden_channels": 512, "out_channels": 512, "num_layers": 1}
        self.edges = GCN(in_channels, **shape, activation="prelu")
        self.diffusion = GCN(in_channels, **shape, activation="prelu", normalize=False)

    def forward(self, x: Tensor, data: Data, view: Data) -> tuple[Tensor, Tensor]:
        r"""Encode features along both: two times [N, 512]."""
        h1 = self.edges(x, data.edge_index)
        return h1, self.diffusion(x, view.edge_index, view.edge_weight)


def train(encoders: TwoEncoders, data: Data, view: Data, epochs: int, patience: int = 20) -> None:
    r"""Train until the loss stalls, and leave the encoders the weights of the lowest loss."""
    corrupt, loss_of = FeatureShuffle(), LocalGlobal(512).to(data.x.device)
    optimizer = torch.optim.Adam([*encoders.parameters(), *loss_of.parameters()], lr=0.001)
    lowest, waited, best = float("inf"), 0, encoders.state_dict()
    while waited < patience and epochs:
        h1, h2 = encoders(data.x, data, view)
        fake1, fake2 = encoders(corrupt(data).x, data, view)
        loss = (loss_of(h1, fake1, context=h2) + loss_of(h2, fake2, context=h1)) / 2
        waited, epochs = waited + 1, epochs - 1
        if loss.item() < lowest:  # of the weights before the step
            lowest, waited, best = loss.item(), 0, copy.deepcopy(encoders.state_dict())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    encoders.load_state_dict(best)


@torch.no_grad()
def score(encoders: TwoEncoders, data: Data, view: Data) -> str:
    r"""Accuracy of a linear probe over random 10/10/80 % splits, in per cent."""
    h1, h2 = encoders(data.x, data, view)
    result = node_classification(h1 + h2, data.y)
    return f"accuracy {result['accuracy']} ({result.protocol})"


def main() -> None:
    r"""Train, and print the untrained encoders beside the result."""
    parser = argparse.ArgumentParser(description="MVGRL in plain PyG.")
    parser.add_argument("--dataset", default="cora", help="a name, or the path of a graph")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--epochs", type=int, default=500)
    options = parser.parse_args()

    torch.manual_seed(options.seed)
    data = NormalizeFeatures()(load(options.dataset)[0]).to(options.device)
    view = Diffusion("ppr", alpha=0.2, threshold=0.001, top_k=None)(data)
    encoders = TwoEncoders(data.num_features).to(options.device)
    print(f"untrained encoder: {score(encoders, data, view)}")

    start = time.perf_counter()
    train(encoders, data, view, options.epochs)
    seconds = time.perf_counter() - start
    print(f"MVGRL: {score(encoders, data, view)}, {seconds:.1f} s of training")


if __name__ == "__main__":
    main()
