"""Tables of results in the documentation: commands, scores, published figures beside them."""

import json

import pytest

from gcl import recipes
from gcl.benchmark import Config, RecConfig, Row, pool, write_json
from gcl.benchmark.rec_table import RecLine, write_rec_tables
from gcl.evaluation import RankingGroup, Result


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


def test_the_summary_takes_the_training_nearest_the_recipe_and_marks_other_options(
    generate, tmp_path
):
    for data, own, score in (("cora", 0.4, 0.5), ("cora", 0.9, 0.7), ("citeseer", 0.1, 0.6)):
        config = Config("grace", data, options={"temperature": own}, fit={"epochs": 200})
        row = Row(config, "grace", "node", 2.0, Result({"accuracy": (score,)}, "1 split"))
        write_json(pool([row]), tmp_path / f"{data}_{own}.json")  # the recipe of Cora has 0.4
    lines = generate.results_summary.summary(tmp_path).splitlines()
    assert "| grace | 60.0 ‡ | 50.0 |" in lines
    assert lines[-1].startswith("‡ Trained with other options")


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
        "rec_once": [{"dataset": "lastfm", "I": 1892, "loader_seconds": 0.25}],
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
    assert "| lastfm | 1,892 | 0.250 s |" in text
    assert "lastfm" not in short  # without its seconds nothing would be left but sizes
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
