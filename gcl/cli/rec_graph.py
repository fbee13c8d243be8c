r"""The interactions and the trained recommender that a command works on."""

from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from torch_geometric.data import HeteroData

from gcl.benchmark.rec_config import RecConfig
from gcl.benchmark.rec_run import fingerprint, load_interactions, restore_recommender
from gcl.checks import OptionError
from gcl.cli.failures import FailedError, UsageError
from gcl.datasets import CATALOGUE
from gcl.functional.interaction_data import RATES
from gcl.loaders import RankingSplit, ranking_split
from gcl.methods import Recommender


class RunOfUsers(NamedTuple):
    r"""A trained recommender with the interactions of its run, whole and split."""

    config: RecConfig
    method: Recommender
    data: HeteroData
    split: RankingSplit

    @property
    def in_words(self) -> str:
        r"""What was trained, on what."""
        return f"{self.config.method} on {in_words(self.config, self.data)}"


def trained_recommender(flags: dict[str, Any]) -> RunOfUsers:
    r"""The run that ``--checkpoint`` names, with its interactions, from ``--root`` if given.

    Raises:
        UsageError: if there is no such run.
        FailedError: if its interactions cannot be read, or users and items have other ids now.
    """
    path = flags.get("checkpoint")
    if path is None:
        raise UsageError("--checkpoint is required: the folder of a run, or its checkpoint.pt")
    if not Path(path).exists():
        raise UsageError(f"--checkpoint: there is no file or folder {path}")
    config, method, ids = restore_recommender(path)
    if flags.get("root") is not None:
        config = replace(config, root=flags["root"])
    data = read_interactions_of(config)
    if fingerprint(data) != ids:
        raise FailedError(
            f"{config.dataset} has other users or items than when {config.method} was trained on "
            "it; train again"
        )
    return RunOfUsers(config, method, data, ranking_split(data, **config.split))


def read_interactions_of(config: RecConfig) -> HeteroData:
    r"""The interactions of a run.

    Raises:
        UsageError: for a set without users and items, or an option that it would ignore.
        FailedError: if raw files are missing, damaged or not usable.
    """
    if config.root is not None and not Path(config.root).expanduser().is_dir():
        raise UsageError(f"--root must be a folder, got {config.root}")
    try:
        return load_interactions(config)
    except OptionError as error:
        raise UsageError(str(error)) from error
    except FileNotFoundError as error:
        raise (FailedError(str(error)) if config.dataset in CATALOGUE else error) from error
    except (OSError, ImportError, MemoryError):
        raise
    except ValueError as error:
        raise FailedError(str(error)) from error


def in_words(config: RecConfig, data: HeteroData) -> str:
    r"""The data set and its size."""
    return (
        f"{config.dataset} ({data['user'].num_nodes:,} users, {data['item'].num_nodes:,} items, "
        f"{data[RATES].num_edges:,} interactions)"
    )
