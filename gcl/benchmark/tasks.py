r"""The downstream tasks of a run, as one table of metrics.

Legend: N nodes, D width.
"""

from collections.abc import Callable
from dataclasses import replace

from torch import Tensor
from torch_geometric.data import Data

from gcl.benchmark.config import BEST_EPOCH, TASKS, Evaluation
from gcl.evaluation import (
    Result,
    assigned_clusters,
    clustering,
    link_prediction,
    node_classification,
)
from gcl.loaders import link_split, node_splits

# Embeds a graph it is given: link prediction hides edges, so it needs embeddings of its own.
Embedder = Callable[[Data], Tensor]


def available_tasks(data: Data) -> tuple[str, ...]:
    r"""The tasks that the graph's labels allow; without class labels only link prediction."""
    y = data.get("y")
    has_classes = y is not None and y.dim() == 1 and not y.is_floating_point()
    return TASKS if has_classes else ("link",)


def check_tasks(data: Data, tasks: tuple[str, ...] | None) -> tuple[str, ...]:
    r"""The tasks to run on ``data``: those asked for, or all that its labels allow.

    Raises:
        ValueError: if a task is asked for whose labels the graph lacks.
    """
    possible = available_tasks(data)
    if impossible_tasks(data, tasks):
        raise ValueError(f"tasks must be among {possible} for a graph without one class per node")
    return possible if tasks is None else tuple(tasks)


def impossible_tasks(data: Data, tasks: tuple[str, ...] | None) -> list[str]:
    r"""Those of ``tasks`` whose labels the graph lacks."""
    possible = available_tasks(data)
    allowed = (*possible, BEST_EPOCH) if "clustering" in possible else possible
    return [task for task in tasks or () if task not in allowed]


def score_nodes(h: Tensor, data: Data, evaluation: Evaluation) -> Result:
    r"""Node classification with the splits that ``evaluation`` names: seeds 0, 1, 2, ..."""
    splits = node_splits(data, evaluation.protocol, num_splits=evaluation.num_splits)
    result = node_classification(h, data.y, splits)
    given, rest = result.protocol.split(";", 1)
    return replace(result, protocol=f"{given.replace('given', evaluation.protocol)};{rest}")


def score_clusters(
    h: Tensor, data: Data, evaluation: Evaluation, cluster: Tensor | None = None
) -> Result:
    r"""The clusters of a method that assigns them itself, else k-means with one for each class."""
    if cluster is not None:
        return assigned_clusters(cluster, data.y, data.edge_index)
    return clustering(
        h,
        data.y,
        num_runs=evaluation.kmeans_runs,
        normalize=evaluation.kmeans_normalize,
        edge_index=data.edge_index,
    )


def score_links(embed: Embedder, data: Data, evaluation: Evaluation, seed: int) -> Result:
    r"""Link prediction on the 85/5/10 split of ``seed``; ``embed`` sees the training edges only."""
    split = link_split(data, seed=seed)
    return link_prediction(embed(split.data), split, decoder=evaluation.decoder)
