r"""Graph contrast (GraphCL, https://arxiv.org/abs/2010.13902) on OGB's molecules, by its evaluator.

    python examples/ogb/molecules.py --dataset ogbg-molhiv
    python examples/ogb/molecules.py --dataset ogbg-molbace --epochs 20

Two views of every molecule lose atoms and bonds; a molecule is told from all others of its batch.
A linear probe is fitted on the embeddings of the training molecules. Needs the package ogb.
"""

import argparse

import torch
from sklearn.linear_model import LogisticRegression
from torch import Tensor, nn
from torch_geometric.data import Batch
from torch_geometric.loader import DataLoader
from torch_geometric.nn import global_mean_pool

from gcl.augmenters import EdgeDrop, NodeDrop
from gcl.datasets import OGBGraphs, load_graphs
from gcl.encoders import GIN, ProjectionHead
from gcl.evaluation import ogb_evaluator
from gcl.losses import NTXent


class Molecules(nn.Module):
    r"""A vector for each category of an atom, a GIN, and the mean over the atoms: [G, D]."""

    def __init__(self, x: Tensor, width: int) -> None:
        super().__init__()
        sizes = x.max(dim=0).values + 1
        self.register_buffer("first", sizes.cumsum(0) - sizes)
        self.atoms = nn.EmbeddingBag(int(sizes.sum()), width, mode="sum")
        self.encoder = GIN(width, width, width, num_layers=4, norm="batch")

    def forward(self, batch: Batch) -> Tensor:
        r"""Embed the molecules of a batch."""
        h = self.encoder(self.atoms(batch.x + self.first), batch.edge_index)
        return global_mean_pool(h, batch.batch, batch.num_graphs)


def train(model: Molecules, dataset: OGBGraphs, epochs: int) -> None:
    r"""Train ``model`` on two views of every batch."""
    views, loss_of = (NodeDrop(0.2), EdgeDrop(0.2)), NTXent(temperature=0.5)
    head = ProjectionHead(model.encoder.out_channels)
    optimizer = torch.optim.Adam([*model.parameters(), *head.parameters()], lr=1e-3)
    for epoch in range(1, epochs + 1):
        total = 0.0
        for batch in DataLoader(dataset, batch_size=256, shuffle=True):
            loss = loss_of(*(head(model(view(batch))) for view in views))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * batch.num_graphs
        print(f"epoch {epoch}: loss {total / len(dataset):.4f}")


@torch.no_grad()
def score(model: Molecules, dataset: OGBGraphs) -> str:
    r"""ROC-AUC of a linear probe on OGB's scaffold split, in per cent."""
    model.eval()
    h = torch.cat([model(batch) for batch in DataLoader(dataset, batch_size=1024)])
    h = ((h - h.mean(dim=0)) / (h.std(dim=0) + 1e-6)).numpy()
    y, evaluator = torch.cat([graph.y for graph in dataset]).numpy(), ogb_evaluator(dataset.name)
    rows = dataset.split["train"]
    probe = LogisticRegression(max_iter=1000, C=0.1).fit(h[rows], y[rows, 0])
    found = []
    for part in ("valid", "test"):
        rows = dataset.split[part]
        scores = probe.predict_proba(h[rows])[:, 1:]
        value = evaluator.eval({"y_true": y[rows], "y_pred": scores})[evaluator.eval_metric]
        found.append(f"{part} {evaluator.eval_metric} {100 * value:.1f}")
    model.train()
    return ", ".join(found)


def main() -> None:
    r"""Train, and print the untrained encoder beside the result."""
    parser = argparse.ArgumentParser(description="Graph contrast on OGB's molecules.")
    parser.add_argument("--dataset", default="ogbg-molhiv", help="a set with one binary task")
    parser.add_argument("--root", help="folder of raw files")
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()

    torch.manual_seed(options.seed)
    dataset = load_graphs(options.dataset, options.root)
    model = Molecules(dataset._data.x, 128)
    print(f"untrained encoder: {score(model, dataset)}")
    train(model, dataset, options.epochs)
    print(f"GraphCL: {score(model, dataset)}")


if __name__ == "__main__":
    main()
