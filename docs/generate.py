r"""Write the generated blocks of README.md and docs/: what is exported, recipes, results.

    python docs/generate.py            write every block anew
    python docs/generate.py --check    change nothing; fail and name the pages that are stale

A block stands between ``<!-- begin generated: NAME ARGUMENTS -->`` and ``<!-- end generated -->``;
``NAME`` is a function in ``BLOCKS``. Text outside the markers is never touched.
"""

import argparse
import importlib
import inspect
import os
import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import curve_tables
import kernel_tables
import pamc_tables
import rec_tables
import results_summary
import results_tables
import seed_tables

from gcl import methods, recipes
from gcl.datasets import CATALOGUE
from gcl.registry import classes

DOCS = Path(__file__).resolve().parent
MARKERS = re.compile(
    r"(<!-- begin generated: (?P<name>[^>]*?) -->\n)(?P<body>.*?)(<!-- end generated -->)", re.S
)
LINK = re.compile(r"\s*\(?`(?P<text>[^`<]+?)\s*<(?P<url>https?://[^>]+)>`_\)?")


def pages() -> list[Path]:
    r"""README.md and every page of the documentation."""
    found = [p for p in sorted(DOCS.rglob("*.md")) if "_build" not in p.parts]
    return [DOCS.parent / "README.md", *found]


def rendered(page: Path) -> str:
    r"""The text of ``page`` with every block as it should be."""

    def fill(match: re.Match[str]) -> str:
        name, *arguments = match["name"].split()
        body = BLOCKS[name](page, *arguments)
        return f"{match[1]}\n{body}\n\n{match[4]}" if body else f"{match[1]}{match[4]}"

    return MARKERS.sub(fill, page.read_text(encoding="utf-8"))


def stale() -> list[Path]:
    r"""Pages with a block that is not up to date."""
    return [page for page in pages() if rendered(page) != page.read_text(encoding="utf-8")]


def summary(thing: Any) -> tuple[str, str]:
    r"""First sentence of a docstring in Markdown, and the link in it (both perhaps empty)."""
    paragraph = (inspect.getdoc(thing) or "").split("\n\n")[0]
    paper = LINK.search(paragraph)
    text = " ".join(LINK.sub("", paragraph).split())
    sentence = re.split(r"(?<=[.:])\s", text, maxsplit=1)[0].rstrip(".:")
    sentence = re.sub(r":\w+:`~?([^`]*)`", r"`\1`", sentence).replace("``", "`")
    link = f"[{' '.join(paper['text'].split())}]({paper['url']})" if paper else ""
    return sentence, link


def table(header: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    r"""A Markdown table."""
    head = list(header)
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(str(c).replace('|', '&#124;') for c in r)} |" for r in lines)


def link(text: str, target: Path, page: Path) -> str:
    r"""A link from ``page`` to another file of the repository."""
    return f"[{text}]({os.path.relpath(target, page.parent)})"


def methods_table(page: Path) -> str:
    r"""Every method: what it does, its paper, and the data sets that it has a recipe for."""
    rows = []
    for name, cls in method_classes().items():
        text, paper = summary(cls)
        mine = map(recipes.read, recipes.names())
        data = [recipe["dataset"] for recipe in mine if recipe["method"]["name"] == name]
        described = link(cls.__name__, DOCS / "methods" / f"{name}.md", page)
        rows.append([described, text, paper, ", ".join(data)])
    return table(["method", "what it does", "paper", "recipes for"], rows)


def method_classes() -> dict[str, type]:
    r"""The exported methods by name, without their bases."""
    bases = (methods.Method, methods.Recommender)
    return {name: c for name, c in classes(methods).items() if c not in bases}


def components_table(page: Path, package: str) -> str:
    r"""The classes that a package exports, with their first sentence and their paper."""
    rows = []
    for name, cls in classes(importlib.import_module(package)).items():
        own = DOCS / package.rpartition(".")[2] / f"{name}.md"
        shown = link(f"`{cls.__name__}`", own, page) if own.exists() else f"`{cls.__name__}`"
        rows.append([shown, *summary(cls)])
    return table(["name", "what it does", "paper"], rows)


def api_table(page: Path, package: str) -> str:
    r"""Every name that a package exports, linked to its entry."""
    module = importlib.import_module(package)
    rows = []
    for name in module.__all__:
        thing = getattr(module, name)
        documented = inspect.isclass(thing) or inspect.isroutine(thing)
        text = summary(thing)[0] if documented else f"a {type(thing).__name__}"
        rows.append([f"{{py:obj}}`~{package}.{name}`", text])
    return table(["name", "what it is"], rows)


def recipes_table(page: Path) -> str:
    r"""Every recipe with its protocol and published figures."""
    rows = []
    for name in recipes.names():
        content = recipes.read(name)
        figures = [results_tables.figure(f) for f in content.get("published") or ()]
        how = content.get("split") or content.get("evaluation") or {}
        protocol = how.get("protocol", "random")
        run = [content["method"]["name"], content["dataset"], protocol]
        rows.append([f"`{name}`", *run, "<br>".join(figures)])
    return table(["recipe", "method", "data set", "split", "published, in per cent"], rows)


def datasets_table(page: Path) -> str:
    r"""The catalogue of data sets."""
    rows = []
    for e in (e for e in CATALOGUE.values() if not e.interactions):
        counts = (e.num_nodes, e.num_edges, e.num_features, e.num_classes)
        shown = ["?" if n is None else f"{n:,}" for n in counts]
        origin = "counted" if e.verified else "published"
        rows.append([f"`{e.name}`", *shown, e.split, origin, e.licence])
    header = ["name", "nodes", "edges", "features", "classes", "split", "counts", "licence"]
    return table(header, rows)


def interactions_table(page: Path) -> str:
    r"""The sets of users and items in the catalogue."""
    rows = []
    for e in (e for e in CATALOGUE.values() if e.interactions):
        rows.append([f"`{e.name}`", *(f"{n:,}" for n in e.interactions), e.licence, e.reference])
    header = ["name", "users", "items", "training", "test", "licence", "source"]
    return table(header, rows)


def results(page: Path, method: str | None = None) -> str:
    r"""The tables behind docs/results/*.json, of all methods or of one."""
    folder = DOCS / "results"
    parts = (results_tables.render(folder, method), rec_tables.render(folder, method))
    return "\n\n".join(filter(None, parts))


def accuracies(page: Path) -> str:
    r"""Accuracies of docs/results/*.json in one small table."""
    return results_summary.summary(DOCS / "results")


def kernels(page: Path, form: str = "long") -> str:
    r"""The tables behind docs/results/kernels.json: ``long``, or ``short`` without the seconds."""
    return kernel_tables.render(DOCS / "results", short=form == "short")


def pamc(page: Path) -> str:
    r"""The figure and the tables behind docs/results/pamc.json."""
    return pamc_tables.render(DOCS / "results", page)


def scale(page: Path) -> str:
    r"""The tables behind docs/results/scale.json."""
    return kernel_tables.render_scale(DOCS / "results")


def groups(page: Path) -> str:
    r"""Scores of recommenders by groups of users and items."""
    return rec_tables.render_groups(DOCS / "results", page)


def curve(page: Path, name: str) -> str:
    r"""The course of a long training, docs/results/NAME.jsonl, beside published logs."""
    return curve_tables.render(DOCS / "results", name)


def seeds(page: Path, method: str, start: str, end: str) -> str:
    r"""Scores of every seed of a clustering run, docs/results/START.json beside END.json."""
    return seed_tables.render(DOCS / "results", method, start, end)


def regularized(page: Path) -> str:
    r"""The tables behind docs/results/*.json with a regularised run."""
    return results_tables.render(DOCS / "results", regularized=True)


BLOCKS: dict[str, Callable[..., str]] = {
    "methods": methods_table,
    "components": components_table,
    "api": api_table,
    "recipes": recipes_table,
    "datasets": datasets_table,
    "interactions": interactions_table,
    "results": results,
    "regularized": regularized,
    "summary": accuracies,
    "kernels": kernels,
    "pamc": pamc,
    "scale": scale,
    "groups": groups,
    "curve": curve,
    "seeds": seeds,
}


def main() -> int:
    r"""Write or check all pages; returns the exit code."""
    parser = argparse.ArgumentParser(description="Write the generated blocks of the documentation.")
    parser.add_argument("--check", action="store_true", help="change nothing; fail if stale")
    check = parser.parse_args().check
    old = stale()
    for page in old:
        print(f"{'stale' if check else 'written'}: {page.relative_to(DOCS.parent)}")
        if not check:
            page.write_text(rendered(page), encoding="utf-8")
    return int(check and bool(old))


if __name__ == "__main__":
    sys.exit(main())
