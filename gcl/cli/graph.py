r"""The graph that a command works on."""

from pathlib import Path

import torch
from torch_geometric.data import Data

from gcl.benchmark import Config, load_graph
from gcl.checks import OptionError
from gcl.cli.failures import FailedError, UsageError
from gcl.datasets import CATALOGUE


def read_graph(config: Config) -> Data:
    r"""The graph of a run.

    Raises:
        UsageError: if ``root`` is given for a graph without raw files of the catalogue, or is no
            folder; for an option that the graph would ignore or needs.
        FileNotFoundError: if there is no such file.
        FailedError: if it is there, but damaged or not usable, or cannot be downloaded.
    """
    if config.root is not None and not Path(config.root).expanduser().is_dir():
        raise UsageError(f"--root must be a folder, got {config.root}")
    if config.root is not None and not reads_root(config):
        kind = "comes with the package" if config.dataset in CATALOGUE else "is a path"
        raise UsageError(f"--root {config.root} would be ignored: {config.dataset} {kind}")
    try:
        return load_graph(config)
    except OptionError as error:
        raise UsageError(str(error)) from error
    except FileNotFoundError as error:
        raise (FailedError(str(error)) if config.dataset in CATALOGUE else error) from error
    except (OSError, ImportError, MemoryError):
        raise
    except ValueError as error:
        raise FailedError(str(error)) from error
    except Exception as error:  # damaged bytes can raise anything at all from a reader
        reason = f"{type(error).__name__}: {error}"
        raise FailedError(f"{config.dataset} cannot be read, is it damaged? ({reason})") from error


def reads_root(config: Config) -> bool:
    r"""Whether the graph is read from raw files below a data root."""
    return config.dataset in CATALOGUE and bool(CATALOGUE[config.dataset].files)


def in_words(config: Config, data: Data) -> str:
    r"""The data set and its size."""
    return (
        f"{config.dataset} ({data.num_nodes:,} nodes, {data.num_edges:,} edges, "
        f"{data.num_features:,} features)"
    )


def check_device(name: str | None) -> str | None:
    r"""Raise UsageError unless torch can compute on the device called ``name``."""
    try:
        if name is not None and torch.empty(1, device=name).is_meta:
            raise UsageError(f"--device must be one that computes, got {name}")
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        reason = str(error).splitlines()[0]
        raise UsageError(f"--device {name} cannot be used here: {reason}") from error
    return name
