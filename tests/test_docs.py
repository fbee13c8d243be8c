"""The documentation says what the code does: generated blocks, examples, links, completeness."""

import contextlib
import importlib
import json
import re
import shlex
from pathlib import Path

import pytest

import gcl
from gcl import losses, methods, recipes, regularizers
from gcl.benchmark import Config, RecConfig, Row, pool, write_json
from gcl.benchmark.rec_table import RecLine, write_rec_tables
from gcl.cli import main
from gcl.evaluation import RankingGroup, Result
from gcl.registry import classes

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PACKAGES = [f"gcl.{name}" for name in gcl.__all__ if name != "__version__"] + ["gcl.recipes"]
# Methods whose authors' figures could not be checked in a source; their pages say so.
UNPUBLISHED = {"spgcl", "scgc", "xsim_gcl", "ncl", "direct_au"}
BASES = (methods.Method, methods.Recommender)
METHODS = [name for name, c in classes(methods).items() if c not in BASES]
TEXTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]
TEXTS += [p for p in sorted(DOCS.rglob("*.md")) if "_build" not in p.parts]


@pytest.fixture(scope="module")
def generate():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(DOCS)
        return importlib.import_module("generate")


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


@pytest.fixture
def results(tmp_path):
    """A folder as docs/results, with one benchmark of two sources over two seeds."""
    rows = []
    published = ({"task": "node", "metric": "accuracy", "mean": 83.3, "std": 0.4},)
    published[0].update(protocol="random", detail="their splits", source="their paper")
    for seed in (0, 1):
        config = Config("grace", "cora", seed=seed, published=published)
        for source, accuracy in (("untrained encoder (grace)", 0.5), ("grace", 0.8)):
            scores = {"accuracy": (accuracy + seed / 10,), "macro_f1": (0.25,)}
            rows.append(Row(config, source, "node", 2.0, Result(scores, "1 split")))
    write_json(pool(rows), tmp_path / "cora.json")
    (tmp_path / "cora.sh").write_text("# GRACE on Cora\ngcl bench --methods grace\n")
    return tmp_path


def test_results_show_command_scores_and_published_figures(generate, results):
    text = generate.results_tables.render(results)
    assert "**GRACE on Cora**\n\n```bash\ngcl bench --methods grace\n```" in text
    assert "| cora | grace | random | 85.0 ± 7.1 [83.3] | 25.0 ± 0.0 | 2.0 |" in text
    assert "| cora | untrained encoder (grace) | random | 55.0 ± 7.1 | 25.0 ± 0.0 | 2.0 |" in text
    assert "training seeds 0, 1" in text
    assert "their splits (their paper)" in text


def test_results_of_one_method_only(generate, results):
    assert "85.0" in generate.results_tables.render(results, "grace")
    assert generate.results_tables.render(results, "dgi") == ""


def test_no_results_give_no_text(generate, tmp_path):
    assert generate.results_tables.render(tmp_path) == ""


def test_the_summary_has_a_row_for_each_method_and_a_column_for_each_split(generate, results):
    lines = generate.results_summary.summary(results).splitlines()
    assert lines[0] == "| embeddings | cora, random |"
    assert lines[2:] == [
        "| raw features | - |",
        "| best untrained encoder | 55.0 ± 7.1 |",
        "| grace | 85.0 ± 7.1 [83.3] |",
    ]
    assert generate.results_summary.summary(results / "none") == ""


def test_the_summary_marks_what_was_trained_for_fewer_epochs_than_its_recipe_says(
    generate, tmp_path
):
    rows = []
    for data, epochs in (("cora", 199), ("citeseer", 200)):  # recipes of both say 200
        config = Config("grace", data, fit={"epochs": epochs})
        for source in ("grace", "untrained encoder (grace)"):
            rows.append(Row(config, source, "node", 2.0, Result({"accuracy": (0.5,)}, "1 split")))
    write_json(pool(rows), tmp_path / "cut.json")
    lines = generate.results_summary.summary(tmp_path).splitlines()
    assert "| best untrained encoder | 50.0 | 50.0 |" in lines
    assert "| grace | 50.0 † | 50.0 |" in lines
    assert lines[-1].startswith("† Trained for fewer epochs")


def test_results_need_their_command(generate, results):
    (results / "cora.sh").write_text("gcl bench\n")
    with pytest.raises(ValueError, match="# TITLE"):
        generate.results_tables.render(results)
    (results / "cora.sh").unlink()
    with pytest.raises(FileNotFoundError, match=r"cora\.sh"):
        generate.results_tables.render(results)


@pytest.fixture
def kernels(tmp_path):
    """A folder as docs/results, with the kernels' benchmark of one record a suite."""
    machine = {"processor": "Abacus", "cores": 2, "threads": 1, "torch": "9.0", "python": "3.99"}
    records = {
        "loss": [{"N": 8000, "fp32_seconds": 1.25, "fp32_ratio": 3.04, "fp32_share_of_gemm": 0.85}],
        "step": [{"dataset": "cora", "ours_seconds": 0.5, "dense_extra": None}],
    }
    (tmp_path / "kernels.json").write_text(json.dumps({"machine": machine, **records}))
    (tmp_path / "kernels.sh").write_text("# Kernels\ngcl bench kernels --out kernels.json\n")
    return tmp_path


def test_kernels_show_machine_command_and_every_suite(generate, kernels):
    text = generate.kernel_tables.render(kernels)
    assert text.startswith("**Kernels**\n\nMeasured on Abacus, 2 cores, 1 threads; Python 3.99")
    assert "```bash\ngcl bench kernels --out kernels.json\n```" in text
    assert "| N | fp32 seconds | fp32 ratio | fp32 share of gemm |" in text
    assert "| 8,000 | 1.250 s | 3.0x | 85% |" in text
    assert "| cora | 0.500 s | out of memory |" in text
    short = generate.kernel_tables.render(kernels, short=True)
    assert "| 8,000 | 3.0x | 85% |" in short
    content = json.loads((kernels / "kernels.json").read_text())
    apart = {"machine": content["machine"], "precision": [{"mean_cosine": 0.5, "N": 7}]}
    (kernels / "kernels_precision.json").write_text(json.dumps(apart))
    (kernels / "kernels_precision.sh").write_text("# Rounding\ngcl bench kernels\n")
    assert generate.kernel_tables.render(kernels, short=True) == short
    both = generate.kernel_tables.render(kernels)
    assert both.startswith(text)
    assert "| mean cosine | N |" in both
    assert both.count("Ratios say") == 1


def test_without_kernels_nothing_is_shown_and_with_them_results_go_on(generate, results, kernels):
    assert generate.results_tables.render(results).count("GRACE on Cora") == 1
    (kernels / "kernels.json").unlink()
    assert generate.kernel_tables.render(kernels) == ""


def test_pamc_shows_figure_machine_and_every_suite(generate, kernels):
    content = json.loads((kernels / "kernels.json").read_text())
    records = [{"N": 10, "pamc_50_seconds": 0.5}, {"N": "exponent", "pamc_50_seconds": "1.02"}]
    (kernels / "pamc.json").write_text(json.dumps({**content, "loss": [], "growth": records}))
    (kernels / "pamc.sh").write_text("# Meta-nodes\ngcl bench pamc --out pamc.json\n")
    text = generate.pamc_tables.render(kernels, kernels / "losses" / "pam_c.md")
    assert text.startswith("**Meta-nodes**\n\nMeasured on Abacus, 2 cores")
    assert "| N | pamc 50 seconds |\n| --- | --- |\n| 10 | 0.500 s |\n| exponent | 1.02 |" in text
    assert "png" not in text
    (kernels / "pamc.png").touch()
    text = generate.pamc_tables.render(kernels, kernels / "losses" / "pam_c.md")
    assert "](../pamc.png)" in text
    assert generate.results_tables.render(kernels) == ""
    (kernels / "pamc.json").unlink()
    assert generate.pamc_tables.render(kernels, kernels / "pam_c.md") == ""


def test_recommenders_show_command_scores_and_the_split_of_figures(generate, tmp_path):
    assert generate.rec_tables.render(tmp_path) == ""
    config = RecConfig.from_dict(recipes.read("he2020_lightgcn_gowalla"))
    result = Result({"recall@20": (0.181,), "ndcg@20": (0.153,)}, "given split")
    for name in ("rec_a", "rec_b"):
        write_rec_tables([RecLine("light_gcn", config, result, (7,), 2.0)], tmp_path)
        (tmp_path / "rec.json").rename(tmp_path / f"{name}.json")
        with pytest.raises(FileNotFoundError, match=rf"{name}\.sh must hold"):
            generate.rec_tables.render(tmp_path)
        (tmp_path / f"{name}.sh").write_text(f"# Table {name}\ngcl bench table rec\n")
    text = generate.rec_tables.render(tmp_path, "light_gcn")
    for name in ("rec_a", "rec_b"):
        assert f"**Table {name}**\n\n```bash\ngcl bench table rec\n```" in text
    assert "| gowalla | light_gcn | 18.10 [18.24] | 15.30 [15.47] | 7 | 2.00 | - | - |" in text
    assert generate.rec_tables.render(tmp_path, "sgl") == ""
    assert generate.results_tables.render(tmp_path) == ""  # no table of node embeddings
    assert generate.rec_tables.render_groups(tmp_path, tmp_path / "page.md") == ""


def test_groups_of_recommenders_show_their_plots(generate, tmp_path):
    config = RecConfig.from_dict(recipes.read("he2020_lightgcn_gowalla"))
    result = Result({"recall@20": (0.181,), "ndcg@20": (0.153,)}, "given split")
    groups = {kind: (RankingGroup(1, 4, 9, 9, {"recall@20": 0.25}),) for kind in ("users", "items")}
    line = RecLine("light_gcn", config, result, (7,), 2.0, groups=groups)
    write_rec_tables([line], tmp_path)
    (tmp_path / "rec.json").rename(tmp_path / "rec_a.json")
    (tmp_path / "rec_gowalla_items.png").touch()
    text = generate.rec_tables.render_groups(tmp_path, tmp_path / "sub" / "page.md")
    assert text.count("| light_gcn | 25.00 |") == 2
    assert "](../rec_gowalla_items.png)" in text
    assert "rec_gowalla_users.png" not in text


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


def test_a_course_stands_beside_published_logs(generate, tmp_path):
    assert generate.curve_tables.render(tmp_path, "run") == ""
    rows = [{"epoch": 1, "loss": 0.5}, {"epoch": 3, "loss": 0.2, "recall@20": 0.1, "ndcg@20": 0.05}]
    (tmp_path / "run.jsonl").write_text("\n".join(map(json.dumps, rows)))
    (tmp_path / "run.sh").write_text("# A run\ngcl train")
    log = "- source: a paper\n  epochs:\n    3: {recall@20: 0.11}\n    9: {ndcg@20: 0.2}\n"
    (tmp_path / "run.published.yaml").write_text(log)
    text = generate.curve_tables.render(tmp_path, "run")
    assert "| 1 | 0.500 | - | - |" in text
    assert "| 3 | 0.200 | 10.00 [11.00: 1] | 5.00 |" in text
    assert "| 9 | - | - | [20.00: 1] |" in text
    assert text.endswith("1. a paper")
