r"""Where the values of a recommender's run come from: recipe or stored run, file, then flags."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gcl import recipes
from gcl.benchmark.names import dataset_name
from gcl.benchmark.rec_config import GROUPS, RecConfig, recommender_name, recommenders
from gcl.benchmark.rec_run import ADDED
from gcl.cli.failures import UsageError
from gcl.cli.layers import merge, normal, read_file
from gcl.cli.parser import peek
from gcl.cli.run_folder import default_out
from gcl.registry import same_name
from gcl.training import load_checkpoint
from gcl.training.folder import CHECKPOINT


@dataclass(frozen=True)
class RecLayers:
    r"""What lies below the flags, merged.

    Attributes:
        content: recipe or stored run, and file, in the layout of recipes; with names.
        recipe: name of the recipe among them, if any.
        stored: the configuration of the run to go on with, if any.
    """

    content: dict[str, Any]
    recipe: str | None
    stored: dict[str, Any] | None

    def config(self, flags: Mapping[str, Any]) -> RecConfig:
        r"""The run, with ``flags`` on top.

        Raises:
            UsageError: if a run that goes on would change.
        """
        chosen = {
            name: flags[name] for name in ("method", "root", "seed", *GROUPS) if name in flags
        }
        names = {"method": {"name": self.content["method"]["name"]}}
        config = RecConfig.from_dict(self._giving_way(merge(self.content, chosen, names), flags))
        given = config.to_dict()
        for name in ("method", "dataset", "columns", "split", "loader", "probe", "seed"):
            if self.stored is not None and given[name] != self.stored[name]:
                raise UsageError(
                    f"--resume: {name}={given[name]!r} would change the run, which has "
                    f"{self.stored[name]!r}"
                )
        return config

    def _giving_way(self, content: dict[str, Any], flags: Mapping[str, Any]) -> dict[str, Any]:
        r"""``content`` without what the recipe says on validation that the flags leave no room for.

        A run that is shorter than the recipe's interval is validated at its end; one without
        validation interactions runs for all epochs.
        """
        of_recipe = recipes.read(self.recipe).get("fit", {}) if self.recipe else {}
        fit, asked = dict(content.get("fit", {})), flags.get("fit", {})
        for name in ("probe_every", "patience"):
            if name in asked or name not in of_recipe or fit.get(name) != of_recipe[name]:
                continue
            if flags.get("split", {}).get("val") == 0:
                del fit[name]
            elif name == "probe_every" and 0 < asked.get("epochs", 0) < fit[name]:
                fit[name] = asked["epochs"]
        return {**content, "fit": fit} if fit else content


def trains_recommender(words: list[str]) -> bool:
    r"""Whether ``words`` name a recommender, by a flag, a recipe, a file or a stored run."""
    named = peek(words, "--method")
    if named is None:
        parts = [normal(part, source) for source, part in _sources(words)]
        named = merge(*parts).get("method", {}).get("name")
    return any(same_name(str(named), name) for name in recommenders())


def rec_layers(words: list[str]) -> RecLayers:
    r"""Merge what lies below the flags in ``words``."""
    recipe, resumes = peek(words, "--recipe"), "--resume" in words
    if resumes and recipe is not None:
        raise UsageError(f"--recipe {recipe} would be ignored: a resumed run keeps its own values")
    sources = _sources(words)
    parts = [normal(part, source) for source, part in sources]
    below = merge(*parts)
    method = recommender_name(
        peek(words, "--method") or below.get("method", {}).get("name") or RecConfig.method
    )
    dataset = dataset_name(peek(words, "--dataset") or below.get("dataset") or RecConfig.dataset)
    if recipe is None and not resumes:
        recipe = recipes.recipe_for(method, dataset)
        below = merge(recipes.read(recipe), below) if recipe else below
    elif recipe == "none":
        recipe = None
    if not _same_run(below, method, dataset):
        below.pop("published", None)
    below = merge(below, {"method": {"name": method}, "dataset": dataset})
    return RecLayers(below, recipe, parts[0] if resumes else None)


def _sources(words: list[str]) -> list[tuple[str, dict[str, Any]]]:
    r"""The named recipe or the stored run, and the file, each with what to call it."""
    recipe, file = peek(words, "--recipe"), peek(words, "--config")
    found = []
    if recipe not in (None, "none"):
        found.append((str(recipe), recipes.read(str(recipe))))
    if "--resume" in words and (stored := _stored(words)) is not None:
        found.append(("the stored run", stored))
    if file is not None:
        found.append((file, read_file(file)))
    return found


def _stored(words: list[str]) -> dict[str, Any] | None:
    r"""The configuration of the recommender in ``--out``; None if it holds another run or none."""
    out = peek(words, "--out")
    if out is None:
        named, dataset = peek(words, "--method"), peek(words, "--dataset")
        out = str(default_out(named or RecConfig.method, dataset or RecConfig.dataset))
    file = Path(out) / CHECKPOINT
    if not file.is_file():
        return None
    content = dict(load_checkpoint(file).config or {})
    if "num_users" not in content:
        return None
    return {key: value for key, value in content.items() if key not in ADDED}


def _same_run(below: Mapping[str, Any], method: str, dataset: str) -> bool:
    r"""Whether published figures in ``below`` are those of this method on this data set."""
    named = below.get("method", {}).get("name", method)
    return same_name(named, method) and same_name(below.get("dataset", dataset), dataset)
