r"""One run: build a method, train it, embed the graph."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch_geometric.data import Data, HeteroData
from torch_geometric.transforms import NormalizeFeatures, ToUndirected

from gcl.benchmark.artifacts import run_folder, write_artifacts
from gcl.benchmark.budget import Within, as_begun, within_budget
from gcl.benchmark.config import Config
from gcl.benchmark.mini_batches import make_loader
from gcl.benchmark.names import method_class
from gcl.checks import OptionError
from gcl.datasets import load
from gcl.functional.blocks import limited_blocks
from gcl.functional.processes import rank
from gcl.functional.structure import KINDS
from gcl.methods import Method
from gcl.regularizers import POT
from gcl.training import FitResult, fit, seed_all
from gcl.training.batches import move
from gcl.training.errors import TrainingError

Log = Callable[[nn.Module], Mapping[str, float]]


@dataclass(frozen=True)
class Trained:
    r"""A trained method, its training history, and its embeddings of the training graph.

    Of several processes, only the first has embeddings; the others hold none, [0, 0].
    """

    method: Method
    history: FitResult
    h: Tensor


def load_graph(config: Config) -> Data:
    r"""The graph of a run, with row-normalised features and both directions if the run says so.

    Raises:
        ValueError: if the graph has no features.
    """
    features: str | tuple[str, ...] | None = config.features
    if features is not None and len(features) == 1 and features[0] in KINDS:
        features = features[0]
    options: dict[str, Any] = {
        "features": features,
        "labels": config.labels,
        "directed": config.directed,
        "mmap": config.mmap,
    }
    data = load(config.dataset, config.root, **options)[0]
    if isinstance(data, HeteroData):
        raise OptionError(
            f"dataset {config.dataset!r} holds users and items, which {config.method} does not "
            "embed; recommenders do, such as light_gcn"
        )
    if data.get("x") is None:
        raise ValueError(f"dataset {config.dataset!r} has no node features x, got {data}")
    data = ToUndirected()(data) if config.undirected else data
    return NormalizeFeatures()(data) if config.normalize_features else data


def build(config: Config, num_features: int) -> Method:
    r"""An untrained method; its weights depend on ``config`` and its seed alone."""
    seed_all(config.seed)
    regularizer = {} if config.pot is None else {"pot": POT(**config.pot)}
    return method_class(config.method)(in_channels=num_features, **config.options, **regularizer)


def train(
    config: Config,
    data: Data,
    *,
    out: str | Path | None = None,
    resume: bool = False,
    overwrite: bool = False,
    device: str | None = None,
    progress: bool | None = None,
    log: Log | None = None,
    checkpoint_every: int | None = None,
    artifacts: bool = True,
) -> Trained:
    r"""Build a method, train it on ``data`` and embed ``data``.

    With ``out``, that folder gets ``config.yaml``, ``metrics.jsonl``, ``checkpoint.pt``,
    ``embeddings.npy``, ``loss.png`` and ``embedding.png``. In a group of processes, the first one
    writes them.

    Args:
        config: what to build and how to train it.
        data: the graph, from :func:`load_graph`.
        out: folder of the run; nothing is written without it.
        resume: continue the run in ``out``.
        overwrite: replace the run in ``out``; otherwise a folder that holds one is an error.
        device: where to train; the CPU if None.
        progress: show a bar; only on a terminal if None.
        log: numbers to log after every epoch, as in :func:`gcl.training.fit`.
        checkpoint_every: as in :func:`gcl.training.fit`; only with ``out``.
        artifacts: write embeddings and plots too, if there is an ``out``.

    Raises:
        ValueError: if ``out`` holds a run, and neither resume nor overwrite is asked for; if the
            run does not fit into its memory budget.
        gcl.training.TrainingError: if training fails; the message says where and why.
    """
    config = as_begun(config, None if out is None else Path(out)) if resume else config
    found = within_budget(config, data, build(config, data.num_features))
    how: dict[str, Any] = {"device": device, "progress": progress, "log": log}
    how["checkpoint_every"] = checkpoint_every
    if out is None:
        return _train(found, data, **how)
    with run_folder(Path(out), found.config, resume=resume, overwrite=overwrite):
        trained = _train(found, data, out=Path(out), resume=resume, **how)
    if artifacts and rank() == 0:
        write_artifacts(Path(out), trained.history.losses, trained.h, data.get("y"))
    return trained


def _train(
    found: Within,
    data: Data,
    *,
    out: Path | None = None,
    **how: Any,
) -> Trained:
    config = found.config
    method = build(config, data.num_features)
    content = {**config.to_dict(), "in_channels": data.num_features}
    with limited_blocks(found.block_limit):
        history = fit(
            method,
            data if config.loader is None else make_loader(config.loader, data),
            seed=config.seed,
            out=out,
            config=None if out is None else content,
            **how,
            **config.fit,
        )
    if rank():
        return Trained(method, history, torch.empty(0, 0))
    return Trained(method, history, embed(method, data, block_size=found.block_size))


def embed(method: Method, data: Data, *, block_size: int | None = None) -> Tensor:
    r"""Embeddings of ``data`` on the CPU, computed where the method's parameters are: [N, D].

    Raises:
        gcl.training.TrainingError: if they are not finite: the last step was too large.
    """
    device = next(method.parameters()).device
    h = method.embed(move(data, device), block_size=block_size).cpu()
    if not torch.isfinite(h).all():
        raise TrainingError(
            f"the embeddings of {type(method).__name__} have NaN or infinite entries: its weights "
            "have diverged; train with a smaller lr or with grad_clip"
        )
    return h


def clusters(method: nn.Module, data: Data) -> Tensor | None:
    r"""The clusters that a method assigns itself, on the CPU: [N]; None for other methods."""
    assign = getattr(method, "assign", None)
    if not callable(assign):
        return None
    device = next(method.parameters()).device
    return assign(move(data, device)).cluster.cpu()
