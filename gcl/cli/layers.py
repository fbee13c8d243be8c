r"""Where the values of a run come from; later layers win: recipe, stored run, file, flags."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gcl import recipes
from gcl.benchmark import Config
from gcl.benchmark.names import dataset_name, method_name
from gcl.cli.failures import UsageError
from gcl.cli.groups import BUDGET, GRAPH, complete, schema
from gcl.cli.loader_options import join_loader

Content = Mapping[str, Any]
FLAGS = ("method", "pot", *GRAPH, "loader", BUDGET, "fit", "evaluation", "seed")


@dataclass(frozen=True)
class Layered:
    r"""The layers below the flags, merged.

    Attributes:
        method: name of the method, flags included.
        dataset: name or path of the data set, flags included.
        content: the merged layers.
        recipe: name of the recipe among them, if any.
    """

    method: str
    dataset: str
    content: Content
    recipe: str | None

    def config(self, flags: Content) -> Config:
        r"""The run, with ``flags`` on top; every option of method and training is filled in."""
        chosen = {name: flags[name] for name in FLAGS if name in flags}
        content = stack(self.content, chosen)
        if content.get("pot") is not None and self.content.get("pot") is None:
            content["published"] = ()  # figures of the method alone
        content = complete(content, self.method)
        content["method"] = {**content["method"], "name": self.method}
        return Config.from_dict({**content, "dataset": self.dataset})


def layer(
    method: str | None = None,
    dataset: str | None = None,
    *,
    recipe: str | None = None,
    file: str | None = None,
    stored: Content | None = None,
) -> Layered:
    r"""Merge what lies below the flags.

    Args:
        method: the method named by a flag.
        dataset: the data set named by a flag.
        recipe: name of a recipe, ``"none"`` for none, None for that of the method on the data set.
        file: path of a file with the layout of recipes.
        stored: the configuration of a run to go on with, in place of a recipe.
    """
    if stored is not None and recipe is not None:
        raise UsageError(f"--recipe {recipe} would be ignored: a resumed run keeps its own values")
    named = recipe not in (None, "none")
    below = [recipes.read(str(recipe))] if named else []
    below += [] if stored is None else [normal(stored, "the stored run")]
    below += [] if file is None else [read_file(file)]
    method = method_name(method or _last(below, "method", "name") or Config.method)
    dataset = dataset_name(dataset or _last(below, "dataset") or Config.dataset)
    if stored is not None and method != _last(below[:1], "method", "name"):
        raise UsageError(f"--resume: method {method} is not that of the run")
    if recipe is None and stored is None:
        recipe = recipes.recipe_for(method, dataset)
        below = ([recipes.read(recipe)] if recipe else []) + below
    pot = merge(*below).get("pot")
    content = stack(*(_published_for(method, dataset, pot is not None, part) for part in below))
    published = content.pop("published", ())
    if pot is None:  # "pot: null" switches off what lies below it
        content.pop("pot", None)
    loader = content.pop("loader", None)
    content |= {} if loader is None else {"loader": loader}
    fits = schema(method, None if loader is None else loader["name"])
    checked = fits.check(content, file or recipe or "the stored run")
    return Layered(
        method, dataset, {**checked, "published": published}, None if recipe == "none" else recipe
    )


def read_file(path: str) -> dict[str, Any]:
    r"""The content of a ``--config`` file.

    Raises:
        UsageError: if it is missing, no YAML, or not of the layout of recipes.
    """
    import yaml

    try:
        content = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise UsageError(f"--config: there is no file {path}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UsageError(f"--config: {path} is no YAML: {' '.join(str(error).split())}") from error
    return normal({} if content is None else content, path)


def normal(content: Any, source: str) -> dict[str, Any]:
    r"""``content`` with its groups as mappings; ``method: grace`` is short for its name."""
    if not isinstance(content, Mapping):
        raise UsageError(f"{source} must hold options by name, got {content!r}")
    content = dict(content)
    if isinstance(content.get("method"), str):
        content["method"] = {"name": content["method"]}
    for group in ("method", "pot", "loader", "fit", "evaluation"):
        off = group in ("pot", "loader") and content.get(group) is None
        if not off and not isinstance(content.get(group, {}), Mapping):
            raise UsageError(f"{source}: {group} must hold options, got {content[group]!r}")
    if not isinstance(content.get("published", []), list | tuple):
        raise UsageError(f"{source}: published must be a list, got {content['published']!r}")
    return content


def merge(*parts: Content) -> dict[str, Any]:
    r"""Join nested options; later ones win."""
    out: dict[str, Any] = {}
    for part in parts:
        for key, value in part.items():
            nested = isinstance(value, Mapping) and isinstance(out.get(key), Mapping)
            out[key] = merge(out[key], value) if nested else value
    return out


def stack(*parts: Content) -> dict[str, Any]:
    r"""The layers of a run, joined; options of a loader go when another is chosen above them."""
    out: dict[str, Any] = {}
    for part in parts:
        loader = out.get("loader")
        if "loader" in part:
            loader = join_loader(loader, part["loader"])
        out = merge(out, part)
        if "loader" in out:
            out["loader"] = loader
    return out


def _last(parts: list[dict[str, Any]], *keys: str) -> str | None:
    for part in reversed(parts):
        value: Any = part
        for key in keys:
            value = value.get(key) if isinstance(value, Mapping) else None
        if value is not None:
            return str(value)
    return None


def _published_for(method: str, dataset: str, with_pot: bool, part: Content) -> Content:
    r"""``part`` without figures that were published for another method or data set."""
    name = part.get("method", {}).get("name", method)
    same = method_name(name) == method and dataset_name(part.get("dataset", dataset)) == dataset
    same = same and (part.get("pot") is not None) == with_pot
    return part if same else {key: v for key, v in part.items() if key != "published"}
