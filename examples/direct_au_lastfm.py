r"""DirectAU in a loop of one's own: tables, propagation, losses, ranking.

    python examples/direct_au_lastfm.py
    python examples/direct_au_lastfm.py --dataset likes.csv     # a table with columns user and item

Alignment and uniformity in place of ranking (https://arxiv.org/abs/2206.12811).
"""

import argparse
from pathlib import Path

import torch
from torch import Tensor

from gcl.datasets import load, read_interactions
from gcl.evaluation import ranking
from gcl.functional import bipartite_adjacency
from gcl.functional.bipartite import Bipartite
from gcl.loaders import RankingSplit, TripletLoader, ranking_split
from gcl.losses import AlignUniform


def propagate(a: Bipartite, table: Tensor, num_users: int) -> Tensor:
    r"""The mean of the tables and three layers of users and items: [I + J, D]."""
    layers = [(table[:num_users], table[num_users:])]
    for _ in range(3):
        layers.append(a.propagate(*layers[-1]))
    return torch.stack([torch.cat(pair) for pair in layers]).mean(0)


def score(h: Tensor, split: RankingSplit) -> str:
    r"""How the test items of users are ranked among all items they have not taken."""
    num_users = split.data["user"].num_nodes
    return str(ranking(h[:num_users], h[num_users:], split, k=20, metrics=["recall", "ndcg"]))


def main() -> None:
    r"""Train, and print the untrained tables beside the result."""
    parser = argparse.ArgumentParser(description="DirectAU in plain PyTorch.")
    parser.add_argument("--dataset", default="lastfm", help="a name, or a file of interactions")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=60)
    options = parser.parse_args()

    named = not Path(options.dataset).is_file()
    data = load(options.dataset)[0] if named else read_interactions(options.dataset)
    split = ranking_split(data, "given" if named else "ratio", val=0.0)
    edges = split.data["user", "rates", "item"].edge_index
    users, items = data["user"].num_nodes, data["item"].num_nodes
    a = bipartite_adjacency(edges, users, items)

    torch.manual_seed(options.seed)
    table = torch.nn.Parameter(torch.nn.init.xavier_uniform_(torch.empty(users + items, 64)))
    optimizer = torch.optim.Adam([table], lr=1e-3, weight_decay=1e-6)
    loader = TripletLoader(split.data, 1024)
    print(f"untrained: {score(propagate(a, table.detach(), users), split)}")

    for epoch in range(1, options.epochs + 1):
        for batch in loader:
            user, positive, _ = batch.triplets
            h = propagate(a, table, users)
            loss = AlignUniform(weight=1.0)(h[user], h[users + positive])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        if epoch % 20 == 0:
            print(f"epoch {epoch}: loss {loss.item():.4f}")
    print(f"DirectAU: {score(propagate(a, table.detach(), users), split)}")


if __name__ == "__main__":
    main()
