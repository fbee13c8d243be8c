r"""Recommendations from a table of one's own: read, split, train, score, recommend.

    python examples/own_interactions.py likes.csv --user who --item what
    python examples/own_interactions.py        # draws a small table first

The table has a row for each interaction, and perhaps a column of times.
"""

import argparse
import random
from pathlib import Path

import torch

from gcl.datasets import read_interactions
from gcl.evaluation import RankingProbe, ranking
from gcl.functional import top_items
from gcl.loaders import RankingSplit, TripletLoader, ranking_split
from gcl.methods import LightGCN
from gcl.training import fit, seed_all


def draw_table(path: Path, seed: int) -> None:
    r"""Write a table of 80 users, each with a taste for one of five kinds of 60 things."""
    draw = random.Random(seed)
    rows = [
        f"user{u},thing{i},{draw.randrange(1000)}"
        for u in range(80)
        for i in range(60)
        if draw.random() < (0.5 if u % 5 == i % 5 else 0.03)
    ]
    path.write_text("\n".join(["user,item,time", *rows]) + "\n", encoding="utf-8")


def score(h: dict[str, torch.Tensor], split: RankingSplit, k: int) -> str:
    r"""How the held-out items of users are ranked."""
    return str(ranking(h["user"], h["item"], split, k=k, metrics=["recall", "ndcg"]))


def main() -> None:
    r"""Train LightGCN, and print popularity and the untrained method beside the result."""
    parser = argparse.ArgumentParser(description="Recommendations from a table of one's own.")
    parser.add_argument("table", nargs="?", help="a .csv, .tsv or .parquet file")
    parser.add_argument("--user", help="column of users, if its name does not tell")
    parser.add_argument("--item", help="column of items, if its name does not tell")
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--k", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()

    path = Path(options.table or "drawn_likes.csv")
    if options.table is None:
        draw_table(path, options.seed)
    data = read_interactions(path, user=options.user, item=options.item)
    split = ranking_split(data, "ratio", val=0.1, test=0.2, seed=options.seed)
    edges = split.data["user", "rates", "item"].edge_index
    num_users, num_items = data["user"].num_nodes, data["item"].num_nodes
    print(f"{num_users} users, {num_items} items, {edges.size(1)} training interactions")

    counts = edges[1].bincount(minlength=num_items).float()
    popularity = {"user": torch.ones(num_users, 1), "item": counts[:, None]}
    seed_all(options.seed)
    method = LightGCN(num_users, num_items, embedding_dim=32, num_layers=2)
    print(f"popularity: {score(popularity, split, options.k)}")
    print(f"untrained: {score(method.embed(split.data), split, options.k)}")

    loader = TripletLoader(split.data, 512, generator=torch.Generator().manual_seed(options.seed))
    fit(method, loader, epochs=options.epochs, lr=0.01, probe=RankingProbe(split, k=options.k))
    h = method.embed(split.data)
    print(f"LightGCN: {score(h, split, options.k)}")

    known = torch.cat([edges, split.val, split.test], dim=1)
    _, items = top_items(h["user"], h["item"], options.k, exclude=known, users=torch.arange(3))
    for user, row in zip(data["user"].name, items.tolist(), strict=False):
        print(f"{user}: {', '.join(data['item'].name[i] for i in row if i >= 0)}")


if __name__ == "__main__":
    main()
