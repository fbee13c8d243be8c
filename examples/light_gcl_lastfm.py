r"""LightGCL in a loop of one's own: tables, propagation, losses, ranking.

    python examples/light_gcl_lastfm.py
    python examples/light_gcl_lastfm.py --dataset likes.csv     # a table with columns user and item

Settings of the authors' code (https://arxiv.org/abs/2302.08191), for other data.
"""

import argparse
from pathlib import Path

import torch
from torch import Tensor

from gcl.datasets import load, read_interactions
from gcl.evaluation import ranking
from gcl.functional import bipartite_adjacency, truncated_svd
from gcl.functional.bipartite import Bipartite
from gcl.functional.low_rank import LowRank
from gcl.loaders import RankingSplit, TripletLoader, ranking_split
from gcl.losses import BPR, AllNodeInfoNCE


def propagate(a: Bipartite, table: Tensor, num_users: int) -> Tensor:
    r"""The sum of the tables and two layers of users and items: [I + J, D]."""
    layers = [(table[:num_users], table[num_users:])]
    for _ in range(2):
        layers.append(a.propagate(*layers[-1]))
    return torch.stack([torch.cat(pair) for pair in layers]).sum(0)


def low_rank(view: LowRank, a: Bipartite, table: Tensor, num_users: int) -> Tensor:
    r"""The same along the approximation of rank 5, which multiplies as two thin factors."""
    user, item = table[:num_users], table[num_users:]
    first = a.propagate(user, item)
    return table + torch.cat([view @ (item + first[1]), view.t() @ (user + first[0])])


def score(h: Tensor, split: RankingSplit) -> str:
    r"""How the test items of users are ranked among all items they have not taken."""
    num_users = split.data["user"].num_nodes
    return str(ranking(h[:num_users], h[num_users:], split, k=20, metrics=["recall", "ndcg"]))


def main() -> None:
    r"""Train, and print the untrained tables beside the result."""
    parser = argparse.ArgumentParser(description="LightGCL in plain PyTorch.")
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
    view = truncated_svd(a.items_of, 5, oversample=0)
    contrast = AllNodeInfoNCE(0.2, normalize=False, clamp=5.0)

    torch.manual_seed(options.seed)
    table = torch.nn.Parameter(torch.nn.init.xavier_uniform_(torch.empty(users + items, 64)))
    optimizer = torch.optim.Adam([table], lr=1e-3)
    loader = TripletLoader(split.data, 4096)
    print(f"untrained: {score(propagate(a, table.detach(), users), split)}")

    for epoch in range(1, options.epochs + 1):
        for batch in loader:
            user, positive, negative = batch.triplets
            h = propagate(a, table, users)
            loss = BPR()(h[user], h[users + positive], h[users + negative])
            g = low_rank(view, a, table, users)
            both = torch.cat([positive, negative])
            loss = loss + 0.2 * contrast(g[:users], h[:users], user)
            loss = loss + 0.2 * contrast(g[users:], h[users:], both)
            loss = loss + 1e-7 * table.square().sum()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        if epoch % 20 == 0:
            print(f"epoch {epoch}: loss {loss.item():.4f}")
    print(f"LightGCL: {score(propagate(a, table.detach(), users), split)}")


if __name__ == "__main__":
    main()
