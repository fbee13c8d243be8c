"""The documentation says what the code does: generated blocks, examples, links, completeness."""

import contextlib
import importlib
import re
import shlex
from pathlib import Path

import pytest

import gcl
from gcl import losses, methods, recipes, regularizers
from gcl.cli import main
from gcl.registry import classes

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PACKAGES = [f"gcl.{name}" for name in gcl.__all__ if name != "__version__"] + ["gcl.recipes"]
# Methods whose authors' figures could not be checked in a source; their pages say so.
UNPUBLISHED = {"spgcl", "scgc", "xsim_gcl", "ncl", "direct_au"}
BASES = (methods.Method, methods.Recommender)
METHODS = [name for name, c in classes(methods).items() if c not in BASES]
TEXTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]
TEXTS += [p for p in sorted(DOCS.rglob("*.md")) if "_build" not in p.parts]


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text("utf-8"), re.M | re.S)


def pages_with(language: str) -> list:
    return [pytest.param(p, id=str(p.relative_to(ROOT))) for p in TEXTS if blocks(p, language)]


def test_generated_blocks_are_up_to_date(generate):
    assert [p.name for p in generate.stale()] == [], "run python docs/generate.py"


def test_a_stale_block_is_found_and_only_the_block_is_rewritten(generate, tmp_path, monkeypatch):
    page = tmp_path / "README.md"
    begin, end = "<!-- begin generated: methods -->", "<!-- end generated -->"
    page.write_text(f"before\n\n{begin}\nOUTDATED\n{end}\n\nafter\n")
    monkeypatch.setattr(generate, "pages", lambda: [page])
    assert generate.stale() == [page]
    text = generate.rendered(page)
    assert text.startswith(f"before\n\n{begin}\n\n| method |")
    assert text.endswith(f"|\n\n{end}\n\nafter\n")
    assert "OUTDATED" not in text
    page.write_text(text)
    assert generate.stale() == []


def test_method_table_holds_every_method_with_its_paper(generate):
    table = generate.methods_table(ROOT / "README.md")
    for name in METHODS:
        assert f"](docs/methods/{name}.md)" in table
    assert "[Zhu et al. 2020](https://arxiv.org/abs/2006.04131)" in table
    assert "Contrast every node with all others across two corrupted views" in table


def test_every_recipe_is_listed():
    text = (DOCS / "methods" / "index.md").read_text("utf-8")
    assert [name for name in recipes.names() if f"`{name}`" not in text] == []


@pytest.mark.parametrize("method", METHODS)
def test_a_method_is_in_all_its_places(method):
    cls = classes(methods)[method]
    assert cls.__module__ == f"gcl.methods.{method}"
    own = [recipes.read(name) for name in recipes.names()]
    own = [recipe for recipe in own if recipe["method"]["name"] == method]
    published = any(recipe.get("published") for recipe in own)
    assert own, "no recipe"
    assert published != (method in UNPUBLISHED), "no recipe with a published figure"
    page = (DOCS / "methods" / f"{method}.md").read_text("utf-8")
    assert f".. autoclass:: gcl.methods.{cls.__name__}\n" in page
    assert f"begin generated: results {method} -->" in page
    assert "arxiv.org" in page or "doi.org" in page
    assert list((ROOT / "examples").glob(f"{method}_*.py")), "no example"


@pytest.mark.parametrize("loss", classes(losses))
def test_a_loss_has_a_page_that_names_its_pairs(loss):
    page = (DOCS / "losses" / f"{loss}.md").read_text("utf-8")
    assert f".. autoclass:: gcl.losses.{classes(losses)[loss].__name__}\n" in page
    assert re.search(r"\*\*Positives?\*\*", page)
    assert "**Negatives**" in page


@pytest.mark.parametrize("regularizer", classes(regularizers))
def test_a_regulariser_has_a_page_with_its_paper(regularizer):
    page = (DOCS / "regularizers" / f"{regularizer}.md").read_text("utf-8")
    assert (
        f".. autoclass:: gcl.regularizers.{classes(regularizers)[regularizer].__name__}\n" in page
    )
    assert "## Differences from the paper" in page
    assert "arxiv.org" in page


@pytest.mark.parametrize("package", PACKAGES)
def test_api_reference_names_everything_public(package):
    page = (DOCS / "api" / f"{package.removeprefix('gcl.')}.md").read_text("utf-8")
    for name in importlib.import_module(package).__all__:
        assert f"{{py:obj}}`~{package}.{name}`" in page
    pages = "\n".join(p.read_text("utf-8") for p in TEXTS)
    if f".. automodule:: {package}\n   :members:" not in page:
        for name in importlib.import_module(package).__all__:
            assert re.search(rf"\.\. auto\w+:: {package}\.{name}\n", pages), name


def test_api_index_lists_every_package():
    text = (DOCS / "api" / "index.md").read_text("utf-8").split()
    assert [p for p in PACKAGES if p.removeprefix("gcl.") not in text] == []


@pytest.mark.parametrize("page", TEXTS, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_to_files_resolve(page):
    targets = re.findall(r"\]\((?!https?:)([^)#\s]+)", page.read_text("utf-8"))
    assert [t for t in targets if not (page.parent / t).exists()] == []


@pytest.mark.parametrize("page", pages_with("python"))
def test_python_examples_run(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code = "\n".join(blocks(page, "python"))  # later blocks use the names of earlier ones
    exec(compile(code, str(page), "exec"), {"__name__": "example"})


def test_readme_pipeline_is_short():
    (code,) = blocks(ROOT / "README.md", "python")
    body = [line for line in code.splitlines() if line and "import" not in line]
    assert len(body) <= 15


def commands_shown() -> dict[str, set[str]]:
    """The commands in the documentation, each with all options that are shown with it."""
    shown: dict[str, set[str]] = {}
    for page in TEXTS:
        lines = "\n".join(blocks(page, "bash")).splitlines()
        for words in (shlex.split(line) for line in lines if line.startswith("gcl ")):
            flags = {word.split("=")[0] for word in words if word.startswith("--")}
            own = words[1] == "bench" and not words[2].startswith("-")  # a command of its own
            shown.setdefault(" ".join(words[1 : 2 + own]), set()).update(flags)
    return shown


@pytest.mark.parametrize("command", sorted(commands_shown()))
def test_commands_and_options_shown_exist(command, capsys):
    kinds = [[], ["--method", "light_gcn"]] if command == "train" else [[]]
    for kind in kinds:
        with contextlib.suppress(SystemExit):
            main([*command.split(), *kind, "--help"])
    text = capsys.readouterr().out
    assert f"usage: gcl {command}" in text
    known = re.findall(r"--[\w.-]+", text)
    assert commands_shown()[command] <= set(known)
