r"""Which command to run. Nothing heavy is imported before the command is known."""

import importlib
import os
import sys
from collections.abc import Sequence

from gcl.cli.failures import UsageError, guard
from gcl.cli.nearest import did_you_mean
from gcl.version import __version__

# Command: (module, what it does).
COMMANDS = {
    "demo": ("demo", "train and score GRACE on the built-in graph: nothing to download"),
    "train": ("train", "train a method on a graph and keep weights, embeddings and plots"),
    "embed": ("embed", "write the embeddings that a trained method gives a graph"),
    "evaluate": ("evaluate", "score a trained method, or any embeddings"),
    "recommend": ("recommend", "list the items that a trained recommender ranks first for users"),
    "diagnose": ("diagnose", "score and plot the node compactness of a trained two-view method"),
    "bench": ("bench", "compare methods on data sets, beside published figures"),
    "list": ("listing", "list methods, data sets, augmenters, losses, encoders, recipes"),
}


def main(argv: Sequence[str] | None = None) -> int:
    r"""Run the command line.

    Args:
        argv: the arguments; those of the process if None.

    Returns:
        The exit code: 0, 1 for a failed run, 2 for wrong use, 130 after Ctrl-C.
    """
    given = list(sys.argv[1:] if argv is None else argv)
    words = [word for word in given if word != "--debug"]
    label = f"gcl {words[0]}" if words and words[0] in COMMANDS else "gcl"
    if _processes() > 1 and "RANK" in os.environ:
        label += f" (process {os.environ['RANK']})"
    return guard(label, lambda: run(words), debug="--debug" in given)


def run(words: list[str]) -> None:
    r"""Run ``words``: a command and its options, ``--help`` or ``--version``."""
    if not words or words[0] in ("-h", "--help", "help"):
        print(overview())
    elif words[0] == "--version":
        print(f"gcl {__version__}")
    elif words[0] in COMMANDS:
        if _processes() > 1 and words[0] != "train":
            raise UsageError(f"gcl {words[0]} runs in one process: start it without torchrun")
        _call(COMMANDS[words[0]][0], words[1:])
    else:
        hint = did_you_mean(words[0], COMMANDS)
        known = ", ".join(COMMANDS)
        raise UsageError(f"unknown command: got {words[0]!r}{hint}; known: {known}")


def _call(command: str, words: list[str]) -> None:
    # PyTorch's threads start with the first parallel operation, as the thread is that starts them.
    denormals = importlib.import_module("gcl.training.denormals")
    with denormals.denormals_as_zero():
        importlib.import_module(f"gcl.cli.{command}").run(words)


def _processes() -> int:
    r"""How many processes ``torchrun`` has started; a number that is none is found out later."""
    text = os.environ.get("WORLD_SIZE", "1")
    return int(text) if text.isdecimal() else 1


def overview() -> str:
    r"""What ``gcl --help`` says."""
    commands = "\n".join(f"  {name:<10}{summary}" for name, (_, summary) in COMMANDS.items())
    return f"""\
usage: gcl COMMAND [OPTIONS]

Graph contrastive learning on PyTorch Geometric.

commands:
{commands}

options:
  -h, --help  show this, or after a command: its options
  --version   show the version
  --debug     show the traceback of an error (anywhere on the line)

examples:
  gcl demo
  gcl train --method grace --dataset cora --fit.epochs 100 --out runs/cora
  gcl evaluate --checkpoint runs/cora
  gcl bench --methods grace,dgi --datasets digits,cora --seeds 3 --out runs/bench"""
