r"""``gcl recommend``: the items that a trained recommender ranks first for users.

Legend: U users, K places.
"""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from gcl.benchmark.rec_files import (
    check_embeddings_path,
    names_of,
    write_rec_embeddings,
    write_recommendations,
)
from gcl.benchmark.rec_run import embed_interactions
from gcl.checks import check_choice
from gcl.cli.embed import checkpoint_option
from gcl.cli.failures import UsageError
from gcl.cli.groups import path_option
from gcl.cli.nearest import did_you_mean
from gcl.cli.parser import Parser
from gcl.cli.rec_graph import RunOfUsers, trained_recommender
from gcl.cli.signature import Option
from gcl.cli.terminal import say, show_table
from gcl.functional.interaction_data import RATES
from gcl.functional.top_items import top_items

TEXT = """\
Recommend items to users with a trained recommender: the k items of highest score among those that
the user has not interacted with. Writes a CSV file with the columns user, rank, item and score, or
prints them; ids are those of the file of interactions."""
WHO = Option(
    "users", str | None, None, "ids of users; all users if null and --out is given", "ID,ID"
)
HOW = (
    Option("k", int, 20, "how many items each user gets"),
    Option(
        "known",
        str,
        "all",
        "interactions whose items are left out: all of the data, or those of train alone",
    ),
)


def run(words: list[str]) -> None:
    r"""Recommend as ``words`` say."""
    flags = arguments().read(words)
    out, embeddings = (_file(flags, name) for name in ("out", "embeddings"))
    check_choice(flags.get("known", "all"), "--known", ("all", "train"))
    if out is None and embeddings is None and flags.get("users") is None:
        raise UsageError("name some --users to print their items, or a file --out for all users")
    given = trained_recommender(flags)
    h = embed_interactions(given.method, given.split.data)
    if embeddings is not None:
        write_rec_embeddings(embeddings, h, given.data)
        print(f"{embeddings}: embeddings of {given.in_words}")
    if out is not None or flags.get("users") is not None:
        _recommend(given, h, flags, out)


def arguments() -> Parser:
    r"""The options of ``gcl recommend``."""
    parser = Parser("recommend", TEXT)
    root = path_option("root", "folder of raw data; the run's own if null")
    parser.add_group("what", [checkpoint_option(), root])
    parser.add_group("for whom", [WHO, *HOW])
    out = path_option("out", "the file to write, ending in .csv; printed if null")
    vectors = path_option("embeddings", "write the embeddings too, to .npz or .parquet")
    parser.add_group("where", [out, vectors])
    parser.add_switches("if a file exists", {"overwrite": "replace it"})
    return parser


def _recommend(
    given: RunOfUsers, h: dict[str, Tensor], flags: dict[str, Any], out: Path | None
) -> None:
    ids, item_names = names_of(given.data, "user"), names_of(given.data, "item")
    users = _numbers(flags.get("users"), ids)
    k = flags.get("k", 20)
    if not 1 <= k <= len(item_names):
        raise UsageError(f"--k must be between 1 and the {len(item_names)} items, got {k}")
    known = _known(given, flags.get("known", "all"))
    scores, items = top_items(h["user"], h["item"], k, exclude=known, users=users)
    lists = [[item_names[i] for i in row if i >= 0] for row in items.tolist()]
    short = sum(len(row) < k for row in lists)
    if short:
        say(f"{short:,} of {len(users):,} users have fewer than {k} items left")
    names = [ids[u] for u in users.tolist()]
    if out is not None:
        write_recommendations(out, names, lists, scores)
        print(f"{out}: up to {k} items for each of {len(users):,} users")
    else:
        _show(names, lists, scores)


def _show(users: list[str], lists: list[list[str]], scores: Tensor) -> None:
    body = [
        (user, str(rank), name, f"{score:.6g}")
        for user, names, row in zip(users, lists, scores.tolist(), strict=True)
        for rank, (name, score) in enumerate(zip(names, row, strict=False), 1)
    ]
    show_table(("user", "rank", "item", "score"), body)


def _known(given: RunOfUsers, which: str) -> Tensor:
    r"""Interactions whose items are not recommended."""
    split = given.split
    train = split.data[RATES].edge_index
    return train if which == "train" else torch.cat([train, split.val, split.test], dim=1)


def _numbers(users: str | None, ids: list[str]) -> Tensor:
    r"""The numbers of users given by id, separated by commas; all of them if None."""
    if users is None:
        return torch.arange(len(ids))
    number = {name: i for i, name in enumerate(ids)}
    wanted = [users] if users in number else [name.strip() for name in users.split(",")]
    for name in wanted:
        if name not in number:
            raise UsageError(f"--users: there is no user {name!r}{did_you_mean(name, number)}")
    return torch.tensor([number[name] for name in wanted])


def _file(flags: dict[str, Any], name: str) -> Path | None:
    r"""A file to write; UsageError for one of another format or one that exists."""
    if flags.get(name) is None:
        return None
    path = Path(flags[name])
    try:
        if name == "embeddings":
            check_embeddings_path(path)
    except ValueError as error:
        raise UsageError(f"--{name}: {error}") from error
    if name == "out" and path.suffix != ".csv":
        raise UsageError(f"--out must end in .csv, got {path}")
    if path.is_dir():
        raise UsageError(f"--{name} must be a file, got the folder {path}")
    if path.exists() and not flags.get("overwrite"):
        raise UsageError(f"{path} exists; add --overwrite to replace it")
    return path
