r"""The options ``--loader.*`` of mini-batches, and how those of several layers are joined."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gcl.benchmark.mini_batches import DEFAULTS, LOADERS, loader_arguments, loader_class
from gcl.cli.failures import UsageError
from gcl.cli.parser import Parser, peek
from gcl.cli.signature import Option, options

TITLE = "mini-batches; the whole graph in every step without --loader.name"
NAME = Option(
    "name",
    str | None,
    None,
    "clusters (parts of the graph), neighbor (sampled neighbourhoods), hard (seeds that are hard "
    "negatives of each other), or the whole graph if null",
)


def chosen_loader(words: list[str], content: Mapping[str, Any]) -> str | None:
    r"""The loader that ``words`` name, else that of the layers below them; None for none."""
    named = peek(words, "--loader.name")
    named = (content.get("loader") or {}).get("name") if named is None else named
    return None if named in (None, "null") else named


def loader_options(name: str | None) -> list[Option]:
    r"""The options of a loader; those of all if ``name`` is None, each with the loaders it is of.

    Without a name, defaults are left out: they differ.
    """
    if name is not None:
        return [replace(NAME, default=name), *own_options(name)]
    found: dict[str, dict[str, Option]] = {}
    for loader in LOADERS:
        for option in own_options(loader):
            found.setdefault(option.name, {})[loader] = option
    return [NAME, *map(_of_several, found.values())]


def own_options(name: str) -> list[Option]:
    r"""The options of one loader, from its class, with the defaults of training."""
    found = options(loader_class(name), loader_arguments(name))
    values = DEFAULTS.get(name, {})
    return [replace(option, default=values.get(option.name, option.default)) for option in found]


def add_loader_options(parser: Parser, name: str | None, content: Mapping[str, Any]) -> None:
    r"""Add a group of options for a loader, or for all, with the values of ``content``."""
    values = content.get("loader") or {}
    values = values if values.get("name") in (None, name) else {}
    found = [replace(o, default=values.get(o.name, o.default)) for o in loader_options(name)]
    parser.add_group(TITLE, found, prefix="loader.")


def join_loader(below: Mapping[str, Any] | None, above: Any) -> dict[str, Any] | None:
    r"""Options of a loader on top of others; those of another loader do not stay.

    Raises:
        UsageError: for options that come with no loader at all.
    """
    if above is None or above == {"name": None}:
        return None
    same = above.get("name", (below or {}).get("name")) == (below or {}).get("name")
    joined = {**(below if same and below else {}), **above}
    if joined.get("name") is None:
        given = ", ".join(f"loader.{key}" for key in joined if key != "name")
        raise UsageError(
            f"{given} would be ignored: --loader.name must say which loader, {', '.join(LOADERS)}"
        )
    return joined


def _of_several(found: Mapping[str, Option]) -> Option:
    r"""An option of several loaders, whose help says which of them take it as what."""
    texts: dict[str, list[str]] = {}
    for loader, option in found.items():
        again = option.help.startswith("as in ") and texts
        texts.setdefault(list(texts)[-1] if again else option.help, []).append(loader)
    named = [f"{text} ({', '.join(names)})" for text, names in texts.items()]
    return replace(next(iter(found.values())), default=None, help="; ".join(named))
