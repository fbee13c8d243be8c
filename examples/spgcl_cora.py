r"""SPGCL on Cora in plain PyG: one pass, no augmentation, positives from the similarities.

    python examples/spgcl_cora.py
    python examples/spgcl_cora.py --dataset digits     # needs no download

The hyper-parameters are the authors' for Cora (https://arxiv.org/abs/2211.10890).
"""

import argparse
import time

import torch
from torch.nn import functional as F
from torch_geometric.data import Data

from gcl.datasets import load
from gcl.encoders import GCN, ProjectionHead
from gcl.evaluation import node_classification
from gcl.functional.neighbors import reached
from gcl.methods.single_pass import SinglePass


def train(encoder: GCN, data: Data, epochs: int) -> None:
    r"""Train ``encoder`` on the nodes around random seeds, 256 of them per epoch."""
    head = ProjectionHead(encoder.out_channels, activation="prelu").to(data.x.device)
    loss_of = SinglePass(top_k=5, num_negatives=100)
    parameters = [*encoder.parameters(), *head.parameters()]
    optimizer = torch.optim.AdamW(parameters, lr=1e-3, weight_decay=1e-4)

    encoder.train()
    for epoch in range(1, epochs + 1):
        h = F.dropout(encoder(data.x, data.edge_index), encoder.dropout.p)
        seeds = torch.randperm(len(h), device=h.device)[:256]
        near = reached(data.edge_index, len(h), seeds, num_hops=2).nonzero()[:, 0]
        chosen = near[torch.randperm(len(near), device=h.device)[:256]]
        loss = loss_of(head(h[chosen].relu()))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if epoch % 50 == 0:
            print(f"epoch {epoch}: loss {loss.item():.4f}")
    encoder.eval()


@torch.no_grad()
def score(encoder: GCN, data: Data) -> str:
    r"""Accuracy of a linear probe over random 10/10/80 % splits, in per cent."""
    h = encoder(data.x, data.edge_index)
    result = node_classification(h, data.y)
    return f"accuracy {result['accuracy']} ({result.protocol})"


def main() -> None:
    r"""Train, and print the untrained encoder beside the result."""
    parser = argparse.ArgumentParser(description="SPGCL in plain PyG.")
    parser.add_argument("--dataset", default="cora", help="a name, or the path of a graph")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--epochs", type=int, default=500)
    options = parser.parse_args()

    torch.manual_seed(options.seed)
    data = load(options.dataset)[0].to(options.device)
    encoder = (
        GCN(data.num_features, 1024, 1024, activation="prelu", dropout=0.3, input_dropout=0.0)
        .to(options.device)
        .eval()
    )
    print(f"untrained encoder: {score(encoder, data)}")

    start = time.perf_counter()
    train(encoder, data, options.epochs)
    seconds = time.perf_counter() - start
    print(f"SPGCL: {score(encoder, data)}, {seconds:.1f} s of training")


if __name__ == "__main__":
    main()
