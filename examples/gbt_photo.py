r"""G-BT on Amazon Photo in plain PyG: two views, an encoder, the loss of Barlow Twins, and a loop
of one's own.

    python examples/gbt_photo.py
    python examples/gbt_photo.py --dataset digits     # needs no download

The hyper-parameters are the authors' for Amazon Photo (https://arxiv.org/abs/2106.02466).
"""

import argparse
import time

import torch
from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR, SequentialLR
from torch_geometric.data import Data
from torch_geometric.transforms import Compose, NormalizeFeatures

from gcl.augmenters import EdgeDrop, FeatureMask
from gcl.datasets import load
from gcl.encoders import GCN
from gcl.evaluation import node_classification
from gcl.losses import BarlowTwins


def train(encoder: GCN, data: Data, epochs: int) -> None:
    r"""Train ``encoder`` on two views of ``data`` per epoch; there is no projector."""
    view = Compose([EdgeDrop(p=0.1), FeatureMask(p=0.3)])
    loss_of = BarlowTwins()
    optimizer = torch.optim.AdamW(encoder.parameters(), lr=1e-4, weight_decay=1e-5)
    warmup = epochs // 10
    rise = LinearLR(optimizer, 0.01, total_iters=warmup)
    phases = [rise, CosineAnnealingLR(optimizer, epochs - warmup)]
    schedule = SequentialLR(optimizer, phases, milestones=[warmup])

    for epoch in range(1, epochs + 1):
        h1, h2 = (encoder(v.x, v.edge_index) for v in (view(data), view(data)))
        optimizer.zero_grad()
        loss = loss_of(h1, h2)
        loss.backward()
        optimizer.step()
        schedule.step()
        if epoch % 100 == 0:
            print(f"epoch {epoch}: loss {loss.item():.4f}")


@torch.no_grad()
def score(encoder: GCN, data: Data) -> str:
    r"""Accuracy of a linear probe over random 10/10/80 % splits, in per cent."""
    encoder.eval()  # batch normalisation by its running statistics
    result = node_classification(encoder(data.x, data.edge_index), data.y)
    encoder.train()
    return f"accuracy {result['accuracy']} ({result.protocol})"


def main() -> None:
    r"""Train, and print the untrained encoder beside the result."""
    parser = argparse.ArgumentParser(description="G-BT in plain PyG.")
    parser.add_argument("--dataset", default="photo", help="a name, or the path of a graph")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--epochs", type=int, default=1000)
    options = parser.parse_args()

    torch.manual_seed(options.seed)
    data = NormalizeFeatures()(load(options.dataset)[0]).to(options.device)
    shape = {"activation": "prelu", "activate_last": False, "norm": "batch", "norm_momentum": 0.01}
    encoder = GCN(data.num_features, 512, 256, **shape).to(options.device)
    print(f"untrained encoder: {score(encoder, data)}")

    start = time.perf_counter()
    train(encoder, data, options.epochs)
    seconds = time.perf_counter() - start
    print(f"G-BT: {score(encoder, data)}, {seconds:.1f} s of training")


if __name__ == "__main__":
    main()
