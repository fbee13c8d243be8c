r"""``gcl train``: train a method and keep what it leaves behind in one folder."""

import shlex
from pathlib import Path
from typing import Any

from gcl.benchmark import Config, Trained, train
from gcl.benchmark.artifacts import FILES
from gcl.cli import train_rec
from gcl.cli.failures import UsageError
from gcl.cli.graph import check_device, in_words, read_graph
from gcl.cli.groups import (
    BUDGET,
    CHECKPOINT_EVERY,
    DEVICE,
    GRAPH,
    POT_TITLE,
    fit_options,
    method_options,
    path_option,
    pot_options,
    run_options,
    with_defaults,
)
from gcl.cli.layers import Layered, layer
from gcl.cli.loader_options import add_loader_options, chosen_loader
from gcl.cli.parser import Parser, peek
from gcl.cli.rec_layers import trains_recommender
from gcl.cli.run_folder import check_out, check_same, default_out, stored_config
from gcl.cli.several import announce, joined
from gcl.cli.signature import Option
from gcl.functional.processes import rank
from gcl.training.distributed import launched

TEXT = """\
Train a method on a graph. The folder --out gets config.yaml, metrics.jsonl, checkpoint.pt,
embeddings.npy, loss.png and embedding.png. Values come from the recipe of the method on the data
set if there is one, then from --config, then from flags; later ones win."""
EPILOG = """\
Defaults are those of the recipe where there is one: give --method and --dataset to see theirs.
Lists are written a,b; null stands for no value. Recommenders have options of their own: gcl train
--method light_gcn --help."""
OUT = "folder of the run (default: runs/<dataset>_<method>)"
RUN = ("dataset", *GRAPH, "seed")
SWITCHES = {
    "resume": "go on with the run in --out, with its own configuration below --config and flags",
    "overwrite": "replace the run in --out",
}


def run(words: list[str]) -> None:
    r"""Train as ``words`` say."""
    if trains_recommender(words):
        train_rec.run(words)
        return
    stored = stored_config(words) if "--resume" in words else None
    base = layer(
        peek(words, "--method"),
        peek(words, "--dataset"),
        recipe=peek(words, "--recipe"),
        file=peek(words, "--config"),
        stored=stored,
    )
    flags = arguments(base, chosen_loader(words, base.content)).read(words)
    config = base.config(flags)
    out = Path(flags.get("out") or default_out(config.method, config.dataset))
    check_out(out, flags)
    check_same(config, stored)
    _check_divisible(config)
    device = check_device(flags.get("device"))
    with joined(device, out) as own:
        if base.recipe:
            announce(f"recipe {base.recipe} (--recipe none trains without it)")
        _train(config, out, flags, own)


def _check_divisible(config: Config) -> None:
    if launched() and config.loader is None:
        raise UsageError(
            "several processes divide mini-batches, and a whole graph has none: add --loader.name "
            "clusters, neighbor or hard, or start one process"
        )


def _train(config: Config, out: Path, flags: dict[str, Any], device: str | None) -> None:
    data = read_graph(config)
    announce(f"training {config.label} on {in_words(config, data)}")
    how = {name: flags.get(name, False) for name in SWITCHES}
    how["checkpoint_every"] = flags.get("checkpoint_every")
    trained = train(config, data, out=out, device=device, **how)
    if rank() == 0:
        report(config, trained, out)


def arguments(base: Layered, loader: str | None) -> Parser:
    r"""The options of ``gcl train`` with a loader, with the values of ``base`` as defaults."""
    parser = Parser("train", TEXT, EPILOG)
    content = base.content
    parser.add_group(
        "what to train",
        [
            Option("method.name", str, base.method, "name of the method (gcl list methods)"),
            *with_defaults(run_options(RUN), {**content, "dataset": base.dataset}),
            Option("recipe", str | None, base.recipe, "a recipe by name, or none"),
            path_option("config", "a YAML file with the layout of recipes"),
        ],
    )
    found = with_defaults(method_options(base.method), content.get("method", {}))
    parser.add_group(f"options of {base.method}", found, prefix="method.")
    found = with_defaults(pot_options(), content.get("pot", {}))
    parser.add_group(POT_TITLE, found, prefix="pot.")
    add_loader_options(parser, loader, content)
    found = with_defaults(fit_options(), content.get("fit", {}))
    parser.add_group("how to train it", found, prefix="fit.")
    budget = with_defaults(run_options((BUDGET,)), content)
    parser.add_group("where", [path_option("out", OUT), CHECKPOINT_EVERY, DEVICE, *budget])
    parser.add_switches("if --out holds a run already", SWITCHES)
    return parser


def report(config: Config, trained: Trained, out: Path) -> None:
    r"""Print what was trained and where it is."""
    history = trained.history
    text = f"trained {config.label} on {config.dataset}: {history.epochs} epochs"
    text += f" in {history.seconds:.1f} s"
    if history.losses:
        text += f", final loss {history.losses[-1]:.4f}"
    if history.best_epoch is not None:
        text += f", weights of epoch {history.best_epoch} kept (loss {history.best_value:.4f})"
    print(text)
    print(f"files:  {out}: {', '.join(name for name in FILES if (out / name).exists())}")
    print(f"next:   {shlex.join(['gcl', 'evaluate', '--checkpoint', str(out)])}")
