r"""``gcl embed``: the embeddings that a trained method gives a graph."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor
from torch_geometric.data import Data

from gcl.benchmark import Config, Restored, embed, restore
from gcl.benchmark.budget import block_size
from gcl.benchmark.names import dataset_name
from gcl.cli.failures import UsageError
from gcl.cli.graph import in_words, read_graph
from gcl.cli.groups import OWN, path_option, run_options, unset
from gcl.cli.parser import Parser
from gcl.cli.signature import Option
from gcl.cli.terminal import say
from gcl.datasets import CATALOGUE
from gcl.files import written_whole

TEXT = """\
Embed the nodes of a graph with a trained method, and write an array of one row a node."""
GRAPH = (
    Option("dataset", str | None, None, "name or path of the graph; the run's own if null"),
    path_option("root", "folder of raw data; the run's own if null"),
    *unset(run_options(OWN)),
)


def run(words: list[str]) -> None:
    r"""Embed as ``words`` say."""
    flags = arguments().read(words)
    out = check_out(flags)
    config, method, in_channels = trained(flags)
    data = read_features(config, in_channels)
    h = embed(method, data, block_size=block_size(config, method, data))
    write(out, h)
    print(f"{out}: {config.label} embeddings of {in_words(config, data)}, shape {list(h.shape)}")


def arguments() -> Parser:
    r"""The options of ``gcl embed``."""
    parser = Parser("embed", TEXT)
    parser.add_group("what", [checkpoint_option(), *GRAPH])
    parser.add_group("where", [path_option("out", "the file to write, ending in .npy")])
    parser.add_switches("if --out exists", {"overwrite": "replace it"})
    return parser


def checkpoint_option() -> Option:
    r"""The option that names a trained run."""
    return path_option("checkpoint", "folder of a run, or its checkpoint.pt")


def trained(flags: dict[str, Any]) -> Restored:
    r"""The run that ``--checkpoint`` names, for the graph that the flags name.

    Raises:
        UsageError: if there is no such run.
    """
    path = flags.get("checkpoint")
    if path is None:
        raise UsageError("--checkpoint is required: the folder of a run, or its checkpoint.pt")
    if not Path(path).exists():
        raise UsageError(f"--checkpoint: there is no file or folder {path}")
    config, method, in_channels = restore(path)
    dataset = flags.get("dataset")
    if dataset is not None and dataset_name(dataset) != config.dataset:
        say(f"trained on {config.dataset}, used on {dataset}")
        config = _elsewhere(config, dataset_name(dataset))
    changes = {name: flags[name] for name in ("root", *OWN) if name in flags}
    return Restored(replace(config, **changes), method, in_channels)


def _elsewhere(config: Config, dataset: str) -> Config:
    r"""The run on another graph; what says how to read a file holds for other files only."""
    files = dataset not in CATALOGUE and config.dataset not in CATALOGUE
    changes: dict[str, Any] = {} if files else dict.fromkeys(OWN)
    return replace(config, dataset=dataset, root=None, published=(), **changes)


def read_features(config: Config, in_channels: int) -> Data:
    r"""The graph of a run; UsageError unless it has as many features as the method takes."""
    data = read_graph(config)
    if data.num_features != in_channels:
        raise UsageError(
            f"{config.method} was trained on {in_channels} features a node, but {config.dataset} "
            f"has {data.num_features}"
        )
    return data


def check_out(flags: dict[str, Any]) -> Path:
    r"""The file to write; UsageError if it is not given, not ``.npy`` or there already."""
    if flags.get("out") is None:
        raise UsageError("--out is required: the file to write, ending in .npy")
    out = Path(flags["out"])
    if out.suffix != ".npy":
        raise UsageError(f"--out must end in .npy, got {out}")
    if out.is_dir():
        raise UsageError(f"--out must be a file, got the folder {out}")
    if out.exists() and not flags.get("overwrite"):
        raise UsageError(f"{out} exists; add --overwrite to replace it")
    return out


def write(out: Path, h: Tensor) -> None:
    r"""Write embeddings [N, D] whole or not at all."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(out) as part, part.open("wb") as file:
        np.save(file, h.numpy())
