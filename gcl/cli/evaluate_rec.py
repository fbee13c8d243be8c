r"""``gcl evaluate`` of a recommender: how it ranks the items that were held out."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from gcl.benchmark.rec_run import ADDED, build_recommender, embed_interactions, popularity
from gcl.cli.embed import checkpoint_option
from gcl.cli.failures import UsageError
from gcl.cli.groups import path_option
from gcl.cli.parser import Parser, peek
from gcl.cli.rec_graph import RunOfUsers, in_words, trained_recommender
from gcl.cli.signature import Option
from gcl.cli.terminal import say, show_table
from gcl.evaluation import RankingGroup, ranking, ranking_groups
from gcl.evaluation.ranking_metrics import METRICS
from gcl.training import load_checkpoint
from gcl.training.folder import CHECKPOINT

TEXT = """\
Score a recommender by how it ranks the held-out items of each user among all items, beside the same
method before training and the popularity of items. --groups N also splits the metrics by the
activity of users and by the popularity of items."""
HOW = (
    Option("k", tuple[int, ...], (20,), "lengths of the lists"),
    Option("metrics", tuple[str, ...], tuple(METRICS), "metrics, the first the main one"),
    Option("part", str, "test", "the test interactions, or the val ones"),
    Option("groups", int | None, None, "number of groups of users and of items"),
)


def is_recommender_run(words: list[str]) -> bool:
    r"""Whether ``--checkpoint`` in ``words`` names a run of a recommender."""
    given = peek(words, "--checkpoint")
    path = None if given is None else Path(given)
    if path is None or not path.exists():
        return False
    file = path / CHECKPOINT if path.is_dir() else path
    return file.is_file() and ADDED[0] in (load_checkpoint(file).config or {})


def run(words: list[str]) -> None:
    r"""Evaluate as ``words`` say."""
    flags = arguments().read(words)
    if (groups := flags.get("groups")) is not None and groups < 1:
        raise UsageError(f"--groups must be at least 1, got {groups}")
    given = trained_recommender(flags)
    part = flags.get("part", "test")
    if part == "val" and not given.split.val.size(1):
        raise UsageError("--part val: the run has no validation interactions")
    how = {"k": flags.get("k", (20,)), "metrics": flags.get("metrics", tuple(METRICS))}
    say(f"scoring on {in_words(given.config, given.data)}")
    results = {
        name: ranking(h["user"], h["item"], given.split, part=part, **how)
        for name, h in sources(given).items()
    }
    header = ("embeddings", *next(iter(results.values())))
    show_table(
        header, [(n, *(f"{100 * s.mean:.2f}" for s in r.values())) for n, r in results.items()]
    )
    print(
        f"\nin per cent; {given.config.split['protocol']} split, {results['popularity'].protocol}"
    )
    if groups is not None:
        _show_groups(given, groups, how, part)


def arguments() -> Parser:
    r"""The options of ``gcl evaluate`` for a recommender."""
    parser = Parser("evaluate", TEXT)
    root = path_option("root", "folder of raw data; the run's own if null")
    parser.add_group("what", [checkpoint_option(), root])
    parser.add_group("how", HOW)
    return parser


def sources(given: RunOfUsers) -> dict[str, Mapping[str, Tensor]]:
    r"""Embeddings by name: popularity, the method before training, and the trained one."""
    config, data = given.config, given.split.data
    counts = [int(data[kind].num_nodes) for kind in ("user", "item")]
    untrained = build_recommender(config, *counts)
    return {
        "popularity": popularity(data),
        f"untrained {config.method}": embed_interactions(untrained, data),
        config.method: embed_interactions(given.method, data),
    }


def _show_groups(given: RunOfUsers, num_groups: int, how: dict[str, Any], part: str) -> None:
    h = embed_interactions(given.method, given.split.data)
    for by in ("users", "items"):
        groups = ranking_groups(
            h["user"],
            h["item"],
            given.split,
            by=by,
            num_groups=num_groups,
            k=max(how["k"]),
            metrics=how["metrics"],
            part=part,
        )
        print(f"\n{given.config.method} by training interactions of {by}")
        show_table(("interactions", by, part, *groups[0].scores), [_cells(g) for g in groups])


def _cells(group: RankingGroup) -> tuple[str, ...]:
    scores = (f"{100 * value:.2f}" for value in group.scores.values())
    return (group.label, f"{group.count:,}", f"{group.test:,}", *scores)
