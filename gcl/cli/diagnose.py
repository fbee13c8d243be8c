r"""``gcl diagnose``: the node compactness of a trained run."""

from pathlib import Path
from typing import Any

from torch import Tensor

from gcl.benchmark.compactness_files import FILES, write_compactness
from gcl.cli.embed import GRAPH, checkpoint_option, read_features, trained
from gcl.cli.failures import UsageError
from gcl.cli.graph import in_words
from gcl.cli.groups import path_option
from gcl.cli.parser import Parser
from gcl.cli.signature import options
from gcl.cli.terminal import say
from gcl.evaluation.compactness import incoming_degree, node_compactness, rank_correlation
from gcl.training import seed_all

TEXT = """\
Score every node by how surely it stays closer to itself than to the rest when edges are dropped
(node compactness), for a trained two-view method on a two-layer GCN. The folder --out gets
compactness.csv with one row a node, a histogram, and a plot over the degree."""

HOW = ("draws", "mode")


def run(words: list[str]) -> None:
    r"""Diagnose as ``words`` say."""
    flags = arguments().read(words)
    config, method, in_channels = trained(flags)
    out = check_out(flags)
    data = read_features(config, in_channels)
    say(f"compactness of {config.label} on {in_words(config, data)}")
    seed_all(config.seed)
    chosen = {name: flags[name] for name in HOW if name in flags}
    compactness = node_compactness(method, data, **chosen)
    degree = incoming_degree(data)
    write_compactness(out, degree, compactness)
    report(compactness, degree)
    print(f"files:  {out}: {', '.join(FILES)}")


def arguments() -> Parser:
    r"""The options of ``gcl diagnose``."""
    parser = Parser("diagnose", TEXT)
    parser.add_group("what", [checkpoint_option(), *GRAPH])
    parser.add_group("how", options(node_compactness, HOW))
    where = path_option("out", "folder of the files; that of the run if null")
    parser.add_group("where", [where])
    parser.add_switches("if --out holds such files", {"overwrite": "replace them"})
    return parser


def check_out(flags: dict[str, Any]) -> Path:
    r"""The folder to write to; UsageError if it is a file or holds such files already."""
    checkpoint = Path(flags["checkpoint"])
    folder = checkpoint if checkpoint.is_dir() else checkpoint.parent
    out = Path(flags.get("out") or folder)
    if out.exists() and not out.is_dir():
        raise UsageError(f"--out must be a folder, got the file {out}")
    present = [name for name in FILES if (out / name).exists()]
    if present and not flags.get("overwrite"):
        raise UsageError(f"{out} holds {', '.join(present)}; add --overwrite to replace them")
    return out


def report(compactness: Tensor, degree: Tensor) -> None:
    r"""Print the distribution of the compactness [N] and its relation to the degree [N]."""
    low, median, high = compactness.quantile(compactness.new_tensor([0.25, 0.5, 0.75])).tolist()
    print(f"nodes:               {len(compactness):,}")
    print(f"compactness:         mean {compactness.mean():.4f}, least {compactness.min():.4f}")
    print(f"quartiles:           {low:.4f}, {median:.4f}, {high:.4f}")
    print(f"not above 0:         {(compactness <= 0).float().mean():.1%}")
    found = rank_correlation(degree, compactness)
    shown = "undefined, all nodes are equal" if found is None else f"{found:+.3f}"
    print(f"rank correlation with degree: {shown}")
