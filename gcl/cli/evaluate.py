r"""``gcl evaluate``: node classification and clustering of given embeddings."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch_geometric.data import Data

from gcl.benchmark import Config, Evaluation, Row, embed, pool
from gcl.benchmark.budget import block_size
from gcl.benchmark.names import dataset_name
from gcl.benchmark.run import clusters
from gcl.benchmark.sources import RawFeatures, Source, UntrainedEncoder
from gcl.benchmark.suite import score
from gcl.benchmark.table import COSTS, cells, sources_of_figures
from gcl.benchmark.tasks import available_tasks
from gcl.cli import evaluate_rec
from gcl.cli.embed import GRAPH, checkpoint_option, read_features, trained
from gcl.cli.failures import FailedError, UsageError
from gcl.cli.graph import in_words, read_graph
from gcl.cli.groups import OWN, evaluation_options, path_option, run_options, unset
from gcl.cli.parser import Parser
from gcl.cli.signature import Option
from gcl.cli.terminal import say, show_table

TEXT = """\
Score embeddings by node classification and clustering, beside the raw features and, for a trained
run, its encoder before training. Link prediction needs an encoder that never saw the edges it is
asked for: gcl bench --tasks link trains one. A run is scored as its recipe says, other embeddings
on 20 random splits and by 10 k-means runs, unless an option says otherwise."""
EPILOG = """\
The run of a recommender is scored by how it ranks held-out items, with --k, --metrics, --part and
--groups: gcl evaluate --checkpoint RUN --help."""
TASKS = ("node", "clustering")
TASKS_OPTION = Option("tasks", tuple[str, ...] | None, None, "node, clustering, or both if null")


def run(words: list[str]) -> None:
    r"""Evaluate as ``words`` say."""
    if evaluate_rec.is_recommender_run(words):
        evaluate_rec.run(words)
        return
    flags = arguments().read(words)
    config, data, sources = _given_run(flags) if _from_run(flags) else _given_array(flags)
    tasks = check_tasks(config, data)
    say(f"scoring on {in_words(config, data)}")
    report([row for source in sources for row in score(source, config, data, tasks)])


def arguments() -> Parser:
    r"""The options of ``gcl evaluate``."""
    parser = Parser("evaluate", TEXT, EPILOG)
    given = path_option("embeddings", "or a .npy file, one row a node; needs --dataset")
    normalize = unset(run_options(("normalize_features",)))
    parser.add_group("what", [checkpoint_option(), given, *GRAPH, *normalize])
    found = unset(evaluation_options(("protocol", "num_splits", "kmeans_runs", "kmeans_normalize")))
    parser.add_group("how", [TASKS_OPTION, *found], prefix="evaluation.")
    return parser


def report(rows: list[Row]) -> None:
    r"""Print the table without its costs, and how the figures came about."""
    lines = pool(rows)
    header, body = cells(lines)
    show_table(header[: -len(COSTS)], [row[: -len(COSTS)] for row in body])
    print()
    for row in rows:
        if row.source == rows[-1].source:
            print(f"{row.task}: {row.result.protocol}")
    for note in sources_of_figures(lines):
        print(note)


def check_tasks(config: Config, data: Data) -> tuple[str, ...]:
    r"""The tasks to run; UsageError for those that the graph or the embeddings do not allow."""
    possible = [task for task in available_tasks(data) if task in TASKS]
    if not possible:
        raise UsageError(
            f"{config.dataset} has no class labels to score embeddings with; for link prediction: "
            f"gcl bench --tasks link --datasets {config.dataset}"
        )
    asked = config.evaluation.tasks or tuple(possible)
    other = [task for task in asked if task not in possible]
    if other:
        raise UsageError(f"--tasks {','.join(other)}: possible are {', '.join(possible)}")
    return asked


def _from_run(flags: dict[str, Any]) -> bool:
    given = [name for name in ("checkpoint", "embeddings") if flags.get(name) is not None]
    if len(given) != 1:
        raise UsageError("give either --checkpoint or --embeddings, and not both")
    if "normalize_features" in flags and given == ["checkpoint"]:
        raise UsageError("--normalize_features would be ignored: the run has its own")
    return given == ["checkpoint"]


def _given_run(flags: dict[str, Any]) -> tuple[Config, Data, list[Source]]:
    config, method, in_channels = trained(flags)
    config = replace(config, evaluation=_evaluation(config.evaluation, flags))
    data = read_features(config, in_channels)
    h = embed(method, data, block_size=block_size(config, method, data))
    given = Given(config.label, h, clusters(method, data))
    return config, data, [RawFeatures(config), UntrainedEncoder(config), given]


def _given_array(flags: dict[str, Any]) -> tuple[Config, Data, list[Source]]:
    if flags.get("dataset") is None:
        raise UsageError("--embeddings needs --dataset, the graph whose labels they are scored by")
    config = Config(
        dataset=dataset_name(flags["dataset"]),
        root=flags.get("root"),
        normalize_features=flags.get("normalize_features", False),
        **{name: flags[name] for name in OWN if name in flags},
        evaluation=_evaluation(Evaluation(), flags),
    )
    path = Path(flags["embeddings"])
    h = read_array(path)
    data = read_graph(config)
    if len(h) != data.num_nodes:
        raise UsageError(
            f"{path} has {len(h)} rows, but {config.dataset} has {data.num_nodes} nodes"
        )
    return config, data, [RawFeatures(config), Given(path.name, h)]


def _evaluation(stored: Evaluation, flags: dict[str, Any]) -> Evaluation:
    r"""The stored way of scoring, changed by flags; never link prediction."""
    changes = flags.get("evaluation", {})
    if "link" in (changes.get("tasks") or ()):
        raise UsageError(
            "--tasks link: these embeddings come from the whole graph, so they know the edges to "
            "predict; gcl bench --tasks link trains without those"
        )
    kept = tuple(task for task in stored.tasks or () if task in TASKS) or None
    return replace(stored, **{"tasks": kept, **changes})


class Given:
    r"""Embeddings that are there already, as a source of a table's row.

    ``assigned`` [N] are the clusters that their method assigns itself, if it does.
    """

    def __init__(self, name: str, h: Tensor, assigned: Tensor | None = None) -> None:
        self.name, self.h, self.assigned = name, h, assigned

    def __call__(self, data: Data) -> Tensor:
        r"""Return the embeddings [N, D]."""
        return self.h

    def clusters(self, data: Data) -> Tensor | None:
        r"""Return the assigned clusters [N]."""
        return self.assigned


def read_array(path: Path) -> Tensor:
    r"""The embeddings [N, D] in a ``.npy`` file.

    Raises:
        UsageError: if there is none.
        FailedError: if it is damaged, or no matrix of finite numbers.
    """
    if not path.is_file():
        raise UsageError(f"--embeddings: there is no file {path}")
    try:
        array = np.load(path, allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise FailedError(f"{path} is damaged or no .npy file of numbers") from error
    if not isinstance(array, np.ndarray) or array.ndim != 2 or array.dtype.kind not in "fiu":
        raise FailedError(f"{path} must hold a matrix of numbers, one row a node")
    h = torch.from_numpy(array.astype(np.float32))
    if not torch.isfinite(h).all():
        raise FailedError(f"{path} has NaN or infinite entries")
    return h
