r"""A benchmark: methods x data sets x seeds, each beside raw features and its untrained encoder."""

import time
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from torch import Tensor
from torch_geometric.data import Data

from gcl.benchmark.config import BEST_EPOCH, Config, Evaluation
from gcl.benchmark.memory import PeakMemory
from gcl.benchmark.run import load_graph
from gcl.benchmark.sources import (
    Assigning,
    RawFeatures,
    Source,
    TrainedMethod,
    UntrainedEncoder,
)
from gcl.benchmark.tasks import check_tasks, score_clusters, score_links, score_nodes
from gcl.checks import check_int
from gcl.evaluation import Result


@dataclass(frozen=True)
class Row:
    r"""The scores of one source of embeddings on one task for one seed.

    ``seconds`` is the time to obtain the embeddings, training included, not to score them;
    ``peak_mib`` the largest resident size of the process meanwhile, None if unknown.
    """

    config: Config
    source: str
    task: str
    seconds: float
    result: Result
    peak_mib: float | None = None


# What raw features depend on: their scores are those of every method with the same.
Graph = tuple[tuple[object, ...], Evaluation]


def graph_of(config: Config) -> Graph:
    r"""What the raw features of a run, and their scores, depend on."""
    return replace(config, root=None).graph, config.evaluation


def run_suite(
    configs: Iterable[Config],
    *,
    seeds: int = 3,
    device: str | None = None,
    folder: Callable[[Config], Path | None] = lambda config: None,
    resume: bool = False,
    report: Callable[[str], None] = lambda text: None,
    done: Callable[[Config], None] = lambda config: None,
    raw_done: Collection[Graph] = (),
) -> Iterator[Row]:
    r"""Run every configuration with seeds 0, 1, ... and yield the scores as they come.

    Every seed trains anew, and once more for link prediction, on a graph without the held-out
    edges. Node splits are those of seeds 0, 1, ... for every source of embeddings and every
    training seed; the link split has the seed of the training. Raw features have no training
    seed: they are classified and clustered once.

    Args:
        configs: what to run; the seed of each is replaced.
        seeds: how many, 1 or more.
        device: where to train.
        folder: where a run is to be kept, with its plots; overwritten.
        resume: ``folder`` is where a training is kept in case it is interrupted, and goes on if it
            was; no plots.
        report: called with a line of text before each piece of work.
        done: called with a configuration when all its scores have been yielded.
        raw_done: graphs whose raw features are not to be scored again.

    Raises:
        ValueError: for fewer than one seed, or a task that a graph's labels do not allow.
    """
    check_int(seeds, "seeds", minimum=1)
    raw_seen = set(raw_done)
    for config in configs:
        data = load_graph(config)
        tasks = check_tasks(data, config.evaluation.tasks)
        for seed in range(seeds):
            run = replace(config, seed=seed)
            sources: list[Source] = [] if graph_of(config) in raw_seen else [RawFeatures(config)]
            sources += [
                UntrainedEncoder(run),
                TrainedMethod(run, data, folder(run), device, resume),
            ]
            for source in sources:
                again = isinstance(source, RawFeatures) and seed > 0
                due = tuple(t for t in tasks if t == "link" or not again)
                if due:
                    report(f"{config.dataset}: {source.name}, seed {seed}")
                yield from score(source, run, data, due)
        raw_seen.add(graph_of(config))
        done(config)


def score(source: Source, config: Config, data: Data, tasks: tuple[str, ...]) -> Iterator[Row]:
    r"""Score one source of embeddings on some tasks; it is called once per graph to embed."""
    how, embedder = config.evaluation, _Measured(source)
    if set(tasks) - {"link"}:
        h = embedder(data)
        if "node" in tasks:
            yield embedder.row(config, "node", score_nodes(h, data, how))
        if "clustering" in tasks:
            own = source.clusters(data) if isinstance(source, Assigning) else None
            yield embedder.row(config, "clustering", score_clusters(h, data, how, own))
        best = source.best_epoch(data) if isinstance(source, TrainedMethod) else None
        if BEST_EPOCH in tasks and best is not None:
            yield embedder.row(config, BEST_EPOCH, best)
    if "link" in tasks:
        yield embedder.row(config, "link", score_links(embedder, data, how, config.seed))


class _Measured:
    r"""A source whose time and memory for the latest graph are kept."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.seconds = 0.0
        self.peak_mib: float | None = None

    def __call__(self, data: Data) -> Tensor:
        start = time.perf_counter()
        with PeakMemory() as peak:
            h = self.source(data)
        self.seconds, self.peak_mib = time.perf_counter() - start, peak.mib
        if isinstance(self.source, TrainedMethod):
            self.seconds += self.source.earlier
        return h

    def row(self, config: Config, task: str, result: Result) -> Row:
        return Row(config, self.source.name, task, self.seconds, result, self.peak_mib)
