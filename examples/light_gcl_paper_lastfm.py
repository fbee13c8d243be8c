r"""LightGCL's older setting in a loop of one's own: propagation, margins, contrast, ranking.

    python examples/light_gcl_paper_lastfm.py
    python examples/light_gcl_paper_lastfm.py --dataset likes.csv     # columns user and item

The setting behind the tables of the paper (https://arxiv.org/abs/2302.08191), for other data.
"""

import argparse
from pathlib import Path

import torch
from torch.nn.functional import dropout, leaky_relu, normalize, relu

from gcl.datasets import load, read_interactions
from gcl.evaluation import ranking
from gcl.functional import bipartite_adjacency, truncated_svd
from gcl.functional.csr import SparseMatrix
from gcl.loaders import RankingSplit, UserLoader, ranking_split
from gcl.losses import all_node_info_nce


def thinned(a: SparseMatrix, p: float) -> SparseMatrix:
    r"""The matrix without a share p of its entries, the others divided by 1 - p."""
    return SparseMatrix(a.pattern, dropout(a.value, p))


def score(h: torch.Tensor, split: RankingSplit) -> str:
    r"""How the test items of users are ranked among all items they have not taken."""
    num_users = split.data["user"].num_nodes
    return str(ranking(h[:num_users], h[num_users:], split, k=20, metrics=["recall", "ndcg"]))


def main() -> None:
    r"""Train, and print the untrained tables beside the result."""
    parser = argparse.ArgumentParser(description="LightGCL, older setting, in plain PyTorch.")
    parser.add_argument("--dataset", default="lastfm", help="a name, or a file of interactions")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=100)
    options = parser.parse_args()

    named = not Path(options.dataset).is_file()
    data = load(options.dataset)[0] if named else read_interactions(options.dataset)
    split = ranking_split(data, "given" if named else "ratio", val=0.0)
    users, items = data["user"].num_nodes, data["item"].num_nodes
    a = bipartite_adjacency(split.data["user", "rates", "item"].edge_index, users, items)
    ones = torch.ones_like(a.items_of.value)
    view = truncated_svd(SparseMatrix(a.items_of.pattern, ones), 5, oversample=0)

    how = {"temperature": 0.5, "normalize": False, "reduction": "sum"}
    torch.manual_seed(options.seed)
    table = torch.nn.Parameter(torch.nn.init.xavier_uniform_(torch.empty(users + items, 32)))
    turns = [torch.nn.Parameter(torch.nn.init.xavier_uniform_(torch.empty(32, 32))) for _ in "12"]
    optimizer = torch.optim.Adam([table, *turns], lr=1e-3, weight_decay=1e-4)
    loader = UserLoader(split.data, 256, samples=40, users_per_epoch=30_000)

    def layers(p: float) -> list[tuple[torch.Tensor, ...]]:
        r"""Each layer, what it is passed and what the view would pass to it: [I + J, D]."""
        found, h = [(table, table, table)], table
        for _ in turns:
            u, v = h[:users], h[users:]
            z = leaky_relu(torch.cat([thinned(a.items_of, p) @ v, thinned(a.users_of, p) @ u]), 0.5)
            h = h + z
            found.append((h, z, leaky_relu(torch.cat([view @ v, view.t() @ u]), 0.5)))
        return found

    print(f"untrained: {score(sum(h for h, _, _ in layers(0.0)).detach(), split)}")
    for epoch in range(1, options.epochs + 1):
        for batch in loader:
            user, positive, negative = batch.triplets
            found = layers(0.25)
            h = sum(h for h, _, _ in found)
            gap = (h[user] * (h[users + positive] - h[users + negative])).sum(1)
            loss = relu(1 - gap).sum() / len(user.unique())
            for nodes in (user.unique(), users + torch.cat([positive, negative]).unique()):
                for (_, z, g), turn in zip(found[1:], turns, strict=True):
                    half = torch.randperm(len(nodes))[: (len(nodes) + 1) // 2]
                    u, v = normalize(z[nodes[half]]), normalize(g[nodes]) @ turn
                    loss = loss + 1e-7 * all_node_info_nce(u, v, half, **how)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        optimizer.param_groups[0]["lr"] = max(0.98**epoch * 1e-3, 5e-4)
        if epoch % 20 == 0:
            print(f"epoch {epoch}: loss {loss.item():.4f}")
    print(f"LightGCL: {score(sum(h for h, _, _ in layers(0.0)).detach(), split)}")


if __name__ == "__main__":
    main()
