r"""XSimGCL in a loop of one's own: tables, propagation, losses, ranking.

    python examples/xsim_gcl_lastfm.py
    python examples/xsim_gcl_lastfm.py --dataset likes.csv     # a table with columns user and item

One noisy propagation ranks and is contrasted (https://arxiv.org/abs/2209.02544).
"""

import argparse
from pathlib import Path

import torch
from torch import Tensor

from gcl.datasets import load, read_interactions
from gcl.evaluation import ranking
from gcl.functional import add_signed_noise, bipartite_adjacency
from gcl.functional.bipartite import Bipartite
from gcl.loaders import RankingSplit, TripletLoader, ranking_split
from gcl.losses import BPR, InfoNCE


def propagate(a: Bipartite, table: Tensor, num_users: int) -> Tensor:
    r"""The mean of three layers of users and items, without the tables: [I + J, D]."""
    layers = [(table[:num_users], table[num_users:])]
    for _ in range(3):
        layers.append(a.propagate(*layers[-1]))
    return torch.stack([torch.cat(pair) for pair in layers[1:]]).mean(0)


def noisy(a: Bipartite, table: Tensor, num_users: int) -> list[Tensor]:
    r"""The layers with noise of length 0.2 after each, which goes on to the next."""
    layers, h = [], table
    for _ in range(3):
        h = add_signed_noise(torch.cat(a.propagate(h[:num_users], h[num_users:])), 0.2)
        layers.append(h)
    return layers


def score(h: Tensor, split: RankingSplit) -> str:
    r"""How the test items of users are ranked among all items they have not taken."""
    num_users = split.data["user"].num_nodes
    return str(ranking(h[:num_users], h[num_users:], split, k=20, metrics=["recall", "ndcg"]))


def main() -> None:
    r"""Train, and print the untrained tables beside the result."""
    parser = argparse.ArgumentParser(description="XSimGCL in plain PyTorch.")
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
    contrast = InfoNCE(0.2, symmetric=False)

    torch.manual_seed(options.seed)
    table = torch.nn.Parameter(torch.nn.init.xavier_uniform_(torch.empty(users + items, 64)))
    optimizer = torch.optim.Adam([table], lr=1e-3)
    loader = TripletLoader(split.data, 2048)
    print(f"untrained: {score(propagate(a, table.detach(), users), split)}")

    for epoch in range(1, options.epochs + 1):
        for batch in loader:
            user, positive, negative = batch.triplets
            layers = noisy(a, table, users)
            h = torch.stack(layers).mean(0)
            loss = BPR()(h[user], h[users + positive], h[users + negative])
            for nodes in (user.unique(), users + positive.unique()):
                loss = loss + 0.05 * contrast(h[nodes], layers[0][nodes])
            loss = loss + 1e-4 * (h[user].norm() + h[users + positive].norm()) / len(user)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        if epoch % 20 == 0:
            print(f"epoch {epoch}: loss {loss.item():.4f}")
    print(f"XSimGCL: {score(propagate(a, table.detach(), users), split)}")


if __name__ == "__main__":
    main()
