r"""One run of a recommender: read interactions, split them, train, keep what is needed to go on.

Legend: I users, J items, D width.
"""

import hashlib
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, cast

import torch
from torch import Tensor, nn
from torch_geometric.data import HeteroData

from gcl.benchmark.artifacts import run_folder
from gcl.benchmark.plots import plot_loss
from gcl.benchmark.rec_config import RecConfig, recommender_class
from gcl.checks import OptionError
from gcl.datasets import CATALOGUE, load, read_interactions
from gcl.evaluation import RankingProbe, ranking
from gcl.functional.interaction_data import RATES
from gcl.functional.processes import rank
from gcl.loaders import RankingSplit, ranking_split
from gcl.methods import Recommender
from gcl.training import CheckpointError, FitResult, fit, load_checkpoint, seed_all
from gcl.training.folder import CHECKPOINT

Embeddings = dict[str, Tensor]
FILES = ("config.yaml", "metrics.jsonl", "checkpoint.pt", "loss.png")
ADDED = ("num_users", "num_items", "fingerprint")  # what a checkpoint says beside the run


@dataclass(frozen=True)
class TrainedRecommender:
    r"""A trained recommender, its history, the split it knows the training part of, embeddings."""

    method: Recommender
    history: FitResult
    split: RankingSplit
    h: Embeddings


class RestoredRecommender(NamedTuple):
    r"""A trained recommender and the run it comes from."""

    config: RecConfig
    method: Recommender
    fingerprint: str


def load_interactions(config: RecConfig) -> HeteroData:
    r"""The interactions of a run.

    Raises:
        OptionError: for a set of the catalogue that holds no interactions, or columns of one.
        FileNotFoundError: if there is no such file.
        ValueError: if it is there but cannot be read.
    """
    entry = CATALOGUE.get(config.dataset)
    if entry is None:
        if config.root is not None:
            raise OptionError(f"root={config.root!r} would be ignored: {config.dataset} is a path")
        return read_interactions(config.dataset, **config.columns)
    if entry.interactions is None:
        known = ", ".join(name for name, e in CATALOGUE.items() if e.interactions)
        raise OptionError(
            f"dataset {entry.name!r} has no users and items to recommend; these have: {known}; or "
            "give a path to interactions of your own"
        )
    if config.columns:
        raise OptionError(f"columns={config.columns} would be ignored: {entry.name} is no file")
    return load(entry.name, config.root)[0]


def build_recommender(config: RecConfig, num_users: int, num_items: int) -> Recommender:
    r"""An untrained recommender; its tables depend on ``config`` and its seed alone."""
    seed_all(config.seed)
    return recommender_class(config.method)(num_users, num_items, **config.options)


def train_recommender(
    config: RecConfig,
    data: HeteroData,
    *,
    out: str | Path | None = None,
    resume: bool = False,
    overwrite: bool = False,
    device: str | None = None,
    progress: bool | None = None,
    test_every: int | None = None,
    checkpoint_every: int | None = None,
) -> TrainedRecommender:
    r"""Split ``data``, train a recommender on the training part, embed users and items.

    With a validation part, the epoch with the best validation score is kept; the test part is in
    neither training nor choice.

    Args:
        config: what to build and how to train it.
        data: from :func:`load_interactions`.
        out: folder of the run, for ``config.yaml``, ``metrics.jsonl``, ``checkpoint.pt`` and
            ``loss.png``; nothing is written without it.
        resume: continue the run in ``out``.
        overwrite: replace the run in ``out``; otherwise a folder that holds one is an error.
        device: where to train; the CPU if None.
        progress: show a bar; only on a terminal if None.
        test_every: log Recall@20 and NDCG@20 of the test part after every so many epochs, to show
            the course of a run beside a published one. They decide nothing.
        checkpoint_every: as in :func:`gcl.training.fit`; only with ``out``.

    Raises:
        ValueError: for data that cannot be split or drawn from, or a folder that holds a run.
        gcl.training.TrainingError: if training fails.
    """
    how: dict[str, Any] = {"device": device, "progress": progress, "test_every": test_every}
    how["checkpoint_every"] = checkpoint_every
    if out is None:
        return _train(config, data, **how)
    folder = Path(out)
    with run_folder(folder, config, resume=resume, overwrite=overwrite):
        trained = _train(config, data, out=folder, resume=resume, **how)
    if trained.history.losses and rank() == 0:
        plot_loss(trained.history.losses, folder / "loss.png")
    return trained


def _train(
    config: RecConfig,
    data: HeteroData,
    *,
    device: str | None,
    test_every: int | None,
    out: Path | None = None,
    **how: Any,
) -> TrainedRecommender:
    split = ranking_split(data, **config.split)
    if device is not None:
        split = RankingSplit(split.data.clone().to(device), split.val, split.test)
    counts = {"num_users": data["user"].num_nodes, "num_items": data["item"].num_nodes}
    method = build_recommender(config, **counts)
    generator = torch.Generator().manual_seed(config.seed)
    loader = method.loader_class(split.data, generator=generator, **config.loader)
    content = {**config.to_dict(), **counts, "fingerprint": fingerprint(data)}
    history = fit(
        method,
        loader,
        seed=config.seed,
        probe=RankingProbe(split, **config.probe) if split.val.size(1) else None,
        log=None if test_every is None else partial(_test_scores, split=split),
        log_every=test_every,
        out=out,
        config=None if out is None else content,
        device=device,
        **how,
        **config.fit,
    )
    return TrainedRecommender(method, history, split, embed_interactions(method, split.data))


def _test_scores(method: nn.Module, split: RankingSplit) -> dict[str, float]:
    h = embed_interactions(cast(Recommender, method), split.data)
    result = ranking(h["user"], h["item"], split, k=20, metrics=("recall", "ndcg"))
    return {name: score.mean for name, score in result.items()}


def embed_interactions(method: Recommender, data: HeteroData) -> Embeddings:
    r"""Embeddings of users [I, D] and items [J, D] on the CPU."""
    device = next(method.parameters()).device
    return {kind: h.cpu() for kind, h in method.embed(data.clone().to(str(device))).items()}


def popularity(data: HeteroData) -> Embeddings:
    r"""Embeddings whose products are the items' numbers of interactions: [I, 1], [J, 1]."""
    counts = data[RATES].edge_index[1].bincount(minlength=int(data["item"].num_nodes))
    return {
        "user": torch.ones(int(data["user"].num_nodes), 1),
        "item": counts.float().cpu()[:, None],
    }


def restore_recommender(path: str | Path) -> RestoredRecommender:
    r"""Build the recommender that a checkpoint holds, with its trained weights, on the CPU.

    Args:
        path: the folder of a run, or its checkpoint.

    Raises:
        FileNotFoundError: if there is no checkpoint.
        gcl.training.CheckpointError: if it is damaged, or holds no run of a recommender.
    """
    path = Path(path)
    checkpoint = load_checkpoint(path / CHECKPOINT if path.is_dir() else path)
    content: dict[str, Any] = dict(checkpoint.config or {})
    if "num_users" not in content:
        raise CheckpointError(f"{checkpoint.path} holds no run of a recommender")
    counts = {name: content.pop(name) for name in ("num_users", "num_items")}
    ids = content.pop("fingerprint")
    try:
        config = RecConfig.from_dict(content)
        method = build_recommender(config, **counts)
    except (TypeError, ValueError) as error:
        raise CheckpointError(
            f"{checkpoint.path}, written by gcl {checkpoint.gcl_version}, holds a run that "
            f"cannot be built: {error}"
        ) from error
    checkpoint.load_into(method)
    return RestoredRecommender(config, method, ids)


def fingerprint(data: HeteroData) -> str:
    r"""A short text that changes when a user or an item gets another number.

    A file with one more user may shift the numbers of others; embeddings would then belong to the
    wrong ids.
    """
    digest = hashlib.blake2b(digest_size=10)
    for kind in ("user", "item"):
        names = data[kind].get("name") or ()
        digest.update(f"{kind} {data[kind].num_nodes}\0".encode())
        digest.update("\0".join(names).encode())
    return digest.hexdigest()
