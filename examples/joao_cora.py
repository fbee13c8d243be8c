r"""JOAO on Cora in plain PyG: which corruption to contrast with is learnt along with the encoder.

    python examples/joao_cora.py
    python examples/joao_cora.py --dataset digits     # needs no download

The game of https://arxiv.org/abs/2106.07594 on the nodes of one graph. Temperature and gamma are
the authors' for sets of graphs; they also cut out subgraphs, and leave the positive out of the
denominator.
"""

import argparse
import time

import torch
from torch import Tensor
from torch_geometric.data import Data
from torch_geometric.transforms import NormalizeFeatures

from gcl.augmenters import AugmentationSelector, EdgeDrop, FeatureMask, NodeDrop
from gcl.datasets import load
from gcl.encoders import GCN, ProjectionHead
from gcl.evaluation import node_classification
from gcl.losses import InfoNCE


def train(encoder: GCN, data: Data, epochs: int) -> None:
    r"""Train ``encoder`` on the graph and one view of it, of a kind picked by what was hard."""
    kinds = [NodeDrop(p=0.2), EdgeDrop(p=0.4), FeatureMask(p=0.4), FeatureMask(p=0.0)]
    select = AugmentationSelector(kinds, gamma=0.1).to(data.x.device)
    head = ProjectionHead(encoder.out_channels).to(data.x.device)
    loss_of = InfoNCE(temperature=0.2)
    optimizer = torch.optim.Adam([*encoder.parameters(), *head.parameters()], lr=1e-3)

    def contrast(view: Data) -> Tensor:
        z1 = head(encoder(data.x, data.edge_index))
        kept = view.get("n_id", slice(None))  # NodeDrop says which nodes are left
        return loss_of(z1[kept], head(encoder(view.x, view.edge_index)))

    for epoch in range(1, epochs + 1):
        optimizer.zero_grad()
        loss = contrast(select(data))
        loss.backward()
        optimizer.step()
        if epoch % 5 == 0:  # theirs: after every epoch, on a fifth of the batches
            with torch.no_grad():
                select.update([contrast(kind(data)) for kind in kinds])
        if epoch % 50 == 0:
            print(f"epoch {epoch}: loss {loss.item():.4f}, p {select.p.tolist()}")


@torch.no_grad()
def score(encoder: GCN, data: Data) -> str:
    r"""Accuracy of a linear probe over random 10/10/80 % splits, in per cent."""
    result = node_classification(encoder(data.x, data.edge_index), data.y)
    return f"accuracy {result['accuracy']} ({result.protocol})"


def main() -> None:
    r"""Train, and print the untrained encoder beside the result."""
    parser = argparse.ArgumentParser(description="JOAO in plain PyG.")
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
    print(f"JOAO: {score(encoder, data)}, {seconds:.1f} s of training")


if __name__ == "__main__":
    main()
