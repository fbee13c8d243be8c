r"""``gcl list``: what can be named."""

from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

from gcl import augmenters, losses, methods, recipes
from gcl.cli.failures import UsageError
from gcl.cli.groups import path_option
from gcl.cli.nearest import did_you_mean
from gcl.cli.parser import Parser
from gcl.cli.prose import summary
from gcl.cli.terminal import aligned, show_table
from gcl.datasets import table
from gcl.encoders.build import ENCODERS
from gcl.registry import classes

TEXT = """\
List what can be named, one KIND of {}.
Without a kind, all are listed in short."""
Rows = list[tuple[str, ...]]


def run(words: list[str]) -> None:
    r"""List the kind that ``words`` name, or all kinds in short."""
    kind, words = (words[0], words[1:]) if words and words[0][:1] != "-" else (None, words)
    parser = Parser("list", TEXT.format(", ".join(KINDS)), usage="[KIND] [OPTIONS]")
    parser.add_group("for datasets", [path_option("root", "folder of raw data")])
    root = parser.read(words).get("root")
    if root is not None and kind != "datasets":
        raise UsageError("--root would be ignored: it is for gcl list datasets")
    if kind is None:
        print(overview())
    elif kind in KINDS:
        header, *body = KINDS[kind](root)
        show_table(header, body)
    else:
        hint = did_you_mean(kind, KINDS)
        raise UsageError(f"unknown kind: got {kind!r}{hint}; known: {', '.join(KINDS)}")


def overview() -> str:
    r"""All kinds with the names of each."""
    rows = [
        (kind, ", ".join(name for name, *_ in list_(None)[1:])) for kind, list_ in KINDS.items()
    ]
    return f"{aligned(rows)}\n\ngcl list KIND says more of each."


def _components(package: ModuleType, without: Sequence[type] = ()) -> Rows:
    found = classes(package).items()
    rows = [(name, summary(c)) for name, c in found if c not in without]
    return [("name", "what it does"), *rows]


def _methods(root: str | None) -> Rows:
    return _components(methods, without=[methods.Method, methods.Recommender])


def _encoders(root: str | None) -> Rows:
    return [("name", "what it does"), *((name, summary(c)) for name, c in ENCODERS.items())]


def _datasets(root: str | None) -> Rows:
    rows = table(root)
    return [tuple(rows[0]), *(tuple(_cell(value) for value in row.values()) for row in rows)]


def _recipes(root: str | None) -> Rows:
    contents = {name: recipes.read(name) for name in recipes.names()}
    rows = [
        (name, content["method"]["name"], content["dataset"], _published(content))
        for name, content in contents.items()
    ]
    return [("name", "method", "dataset", "published"), *rows]


def _published(content: dict[str, Any]) -> str:
    figures = content.get("published") or ()
    return ", ".join(f"{figure['metric']} {figure['mean']}" for figure in figures) or "-"


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "-" if value is None else f"{value:,}" if isinstance(value, int) else str(value)


KINDS: dict[str, Callable[[str | None], Rows]] = {
    "methods": _methods,
    "datasets": _datasets,
    "augmenters": lambda root: _components(augmenters),
    "losses": lambda root: _components(losses),
    "encoders": _encoders,
    "recipes": _recipes,
}
