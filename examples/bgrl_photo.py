r"""BGRL on Amazon Photo in plain PyG: two views, an encoder, its slowly moving copy, a predictor,
and a loop of one's own.

    python examples/bgrl_photo.py
    python examples/bgrl_photo.py --dataset digits --epochs 500     # needs no download

The hyper-parameters are the authors' for Amazon Photo (https://arxiv.org/abs/2102.06514).
"""

import argparse
import math
import time

import torch
from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR, SequentialLR
from torch_geometric.data import Data
from torch_geometric.transforms import Compose, NormalizeFeatures

from gcl.augmenters import EdgeDrop, FeatureMask
from gcl.datasets import load
from gcl.encoders import GCN, MovingAverage, PredictionHead
from gcl.evaluation import node_classification
from gcl.losses import Bootstrap


def train(encoder: GCN, data: Data, epochs: int) -> None:
    r"""Train ``encoder`` to predict, from one view, what its copy makes of the other."""
    views = [Compose([EdgeDrop(p=e), FeatureMask(p=f)]) for e, f in ((0.4, 0.1), (0.1, 0.2))]
    target = MovingAverage(encoder, fresh=True)
    predict = PredictionHead(encoder.out_channels, 512).to(data.x.device)
    loss_of = Bootstrap()
    parameters = [*encoder.parameters(), *predict.parameters()]
    optimizer = torch.optim.AdamW(parameters, lr=1e-4, weight_decay=1e-5)
    warmup = epochs // 10
    rise = LinearLR(optimizer, 0.001, total_iters=warmup)
    phases = [rise, CosineAnnealingLR(optimizer, epochs - warmup)]
    schedule = SequentialLR(optimizer, phases, milestones=[warmup])

    for epoch in range(epochs):
        v1, v2 = (view(data) for view in views)
        q1, q2 = (predict(encoder(v.x, v.edge_index)) for v in (v1, v2))
        y1, y2 = (target(v.x, v.edge_index) for v in (v1, v2))
        loss = (loss_of(q1, y2) + loss_of(q2, y1)) / 2
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        target.update(encoder, 1 - 0.01 * (1 + math.cos(math.pi * epoch / epochs)) / 2)
        if (epoch + 1) % 100 == 0:
            print(f"epoch {epoch + 1}: loss {loss.item():.4f}")


@torch.no_grad()
def score(encoder: GCN, data: Data) -> str:
    r"""Accuracy of a linear probe over random 10/10/80 % splits, in per cent."""
    encoder.eval()  # batch normalisation by its running statistics
    result = node_classification(encoder(data.x, data.edge_index), data.y)
    encoder.train()
    return f"accuracy {result['accuracy']} ({result.protocol})"


def main() -> None:
    r"""Train, and print the untrained encoder beside the result."""
    parser = argparse.ArgumentParser(description="BGRL in plain PyG.")
    parser.add_argument("--dataset", default="photo", help="a name, or the path of a graph")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--epochs", type=int, default=10_000)
    options = parser.parse_args()

    torch.manual_seed(options.seed)
    data = NormalizeFeatures()(load(options.dataset)[0]).to(options.device)
    layers = {"activation": "prelu", "shared_activation": False}
    layers |= {"norm": "batch", "norm_momentum": 0.99}
    encoder = GCN(data.num_features, 256, 128, **layers).to(options.device)
    print(f"untrained encoder: {score(encoder, data)}")

    start = time.perf_counter()
    train(encoder, data, options.epochs)
    seconds = time.perf_counter() - start
    print(f"BGRL: {score(encoder, data)}, {seconds:.1f} s of training")


if __name__ == "__main__":
    main()
