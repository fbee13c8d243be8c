r"""``gcl train`` of a recommender: the same command, with the options that interactions need."""

import shlex
from pathlib import Path
from typing import Any

from gcl.benchmark.rec_config import RecConfig, group_of, method_arguments, recommender_class
from gcl.benchmark.rec_files import names_of
from gcl.benchmark.rec_run import FILES, TrainedRecommender, train_recommender
from gcl.cli.failures import UsageError
from gcl.cli.graph import check_device
from gcl.cli.groups import CHECKPOINT_EVERY, DEVICE, path_option, with_defaults
from gcl.cli.parser import Parser
from gcl.cli.rec_graph import in_words, read_interactions_of
from gcl.cli.rec_layers import RecLayers, rec_layers
from gcl.cli.run_folder import check_out, default_out
from gcl.cli.several import announce, joined
from gcl.cli.signature import Option, options
from gcl.datasets import CATALOGUE
from gcl.functional.processes import rank

TEXT = """\
Train a recommender on interactions of users with items. The folder --out gets config.yaml,
metrics.jsonl, checkpoint.pt and loss.png. Values come from the recipe of the method on the data set
if there is one, then from --config, then from flags; later ones win."""
TITLES = {
    "columns": "how to read a file of your own",
    "split": "which interactions are held out",
    "loader": "how triplets are drawn",
    "fit": "how to train",
    "probe": "what chooses the epoch, on validation interactions; none with --split.val 0",
}
OUT = "folder of the run (default: runs/<dataset>_<method>)"
TEST_EVERY = Option(
    "test_every",
    int | None,
    None,
    "score the test part after so many epochs and write it to metrics.jsonl; it decides nothing",
)
SWITCHES = {
    "resume": "go on with the run in --out, with its own configuration below --config and flags",
    "overwrite": "replace the run in --out",
}


def run(words: list[str]) -> None:
    r"""Train as ``words`` say."""
    base = rec_layers(words)
    parser = arguments(base)
    flags = parser.read(words)
    checked = {key: value for key, value in base.content.items() if key != "published"}
    parser.check(checked, "the recipe or file")
    config = base.config(flags)
    out = Path(flags.get("out") or default_out(config.method, config.dataset))
    check_out(out, flags)
    if flags.get("resume") and base.stored is None:
        raise UsageError(f"--resume: there is no run of a recommender in {out}")
    device = check_device(flags.get("device"))
    with joined(device, out) as own:
        if base.recipe:
            announce(f"recipe {base.recipe} (--recipe none trains without it)")
        _train(config, out, flags, own)


def _train(config: RecConfig, out: Path, flags: dict[str, Any], device: str | None) -> None:
    data = read_interactions_of(config)
    announce(f"training {config.method} on {in_words(config, data)}")
    for note in data.notes if config.dataset in CATALOGUE else ():  # of a file it is a warning
        announce(f"{config.dataset}: {note}")
    how = {name: flags.get(name, False) for name in SWITCHES}
    how |= {name: flags.get(name) for name in ("test_every", "checkpoint_every")}
    trained = train_recommender(config, data, out=out, device=device, **how)
    if rank() == 0:
        report(f"{config.method} on {config.dataset}", trained, out)


def arguments(base: RecLayers) -> Parser:
    r"""The options of ``gcl train`` for a recommender, with the values of ``base`` as defaults."""
    parser, content = Parser("train", TEXT), base.content
    method = content["method"]["name"]
    parser.add_group(
        "what to train",
        [
            Option("method.name", str, method, "name of the method (gcl list methods)"),
            Option("dataset", str, content["dataset"], "name of a data set, or path of a file"),
            path_option("root", "folder of raw data"),
            Option(
                "seed", int, content.get("seed", 0), "seed of the tables, triplets and training"
            ),
            Option("recipe", str | None, base.recipe, "a recipe by name, or none"),
            path_option("config", "a YAML file with the layout of recipes"),
        ],
    )
    cls = recommender_class(method)
    found = with_defaults(options(cls, method_arguments(cls)), content["method"])
    parser.add_group(f"options of {method}", found, prefix="method.")
    for group, title in TITLES.items():
        parser.add_group(title, group_options(group, content), prefix=f"{group}.")
    parser.add_group("what to log", [TEST_EVERY])
    parser.add_group("where", [path_option("out", OUT), CHECKPOINT_EVERY, DEVICE])
    parser.add_switches("if --out holds a run already", SWITCHES)
    return parser


def group_options(group: str, content: dict[str, Any]) -> list[Option]:
    r"""The options of one group of a run, from the signature behind it."""
    function, known, defaults = group_of(recommender_class(content["method"]["name"]), group)
    return with_defaults(options(function, known), {**defaults, **content.get(group, {})})


def report(what: str, trained: TrainedRecommender, out: Path) -> None:
    r"""Print what was trained and where it is."""
    history = trained.history
    text = f"trained {what}: {history.epochs} epochs in {history.seconds:.1f} s"
    if history.losses:
        text += f", final loss {history.losses[-1]:.4f}"
    if history.best_epoch is not None:
        text += f", weights of epoch {history.best_epoch} kept"
        text += f" (validation {history.best_value:.4f})"
    print(text)
    print(f"files:  {out}: {', '.join(name for name in FILES if (out / name).exists())}")
    print(f"next:   {shlex.join(['gcl', 'evaluate', '--checkpoint', str(out)])}")
    users = ["--users", names_of(trained.split.data, "user")[0]]
    print(f"        {shlex.join(['gcl', 'recommend', '--checkpoint', str(out), *users])}")
