r"""Benchmarks: runs from recipes, suites over methods and data sets, tables, plots."""

from gcl.benchmark.config import Config, Evaluation, for_pair
from gcl.benchmark.rec_config import RecConfig
from gcl.benchmark.rec_run import (
    RestoredRecommender,
    TrainedRecommender,
    load_interactions,
    restore_recommender,
    train_recommender,
)
from gcl.benchmark.restore import Restored, restore
from gcl.benchmark.run import Trained, build, embed, load_graph, train
from gcl.benchmark.suite import Row, run_suite
from gcl.benchmark.table import Line, as_markdown, pool
from gcl.benchmark.table_files import read_json, write_csv, write_json, write_tables

__all__ = [
    "Config",
    "Evaluation",
    "for_pair",
    "load_graph",
    "build",
    "train",
    "Trained",
    "embed",
    "restore",
    "Restored",
    "RecConfig",
    "load_interactions",
    "train_recommender",
    "TrainedRecommender",
    "restore_recommender",
    "RestoredRecommender",
    "run_suite",
    "Row",
    "pool",
    "Line",
    "as_markdown",
    "write_csv",
    "write_json",
    "read_json",
    "write_tables",
]
