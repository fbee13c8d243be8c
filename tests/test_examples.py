"""The example scripts: short, free of the trainer, and running on the embedded graph."""

import ast
import re
import runpy
import sys
from pathlib import Path

import pytest

from gcl import methods
from gcl.registry import classes

EXAMPLES = sorted((Path(__file__).resolve().parents[1] / "examples").glob("*.py"))
KINDS = {e: classes(methods).get(e.stem.rpartition("_")[0]) for e in EXAMPLES}
PLAIN = [e for e, c in KINDS.items() if c and issubclass(c, methods.Method)]
RECOMMENDERS = [e for e, c in KINDS.items() if c and issubclass(c, methods.Recommender)]


def run(script: Path, *arguments: str, monkeypatch) -> None:
    monkeypatch.setattr(sys, "argv", [str(script), *arguments])
    runpy.run_path(str(script), run_name="__main__")


@pytest.mark.parametrize("script", EXAMPLES, ids=lambda p: p.stem)
def test_is_one_screen_and_says_how_to_run_it(script):
    text = script.read_text("utf-8")
    assert len(text.splitlines()) <= 90
    assert f"python examples/{script.name}" in ast.get_docstring(ast.parse(text))


@pytest.mark.parametrize("script", PLAIN + RECOMMENDERS, ids=lambda p: p.stem)
def test_is_a_loop_of_its_own(script):
    text = script.read_text("utf-8")
    assert not re.search(r"gcl\.(training|benchmark)|from gcl import|gcl\.methods import", text)
    assert "loss.backward()" in text


@pytest.mark.parametrize("script", PLAIN, ids=lambda p: p.stem)
def test_prints_the_untrained_encoder_beside_the_result(script, monkeypatch, capsys):
    run(script, "--dataset", "karate", "--epochs", "3", monkeypatch=monkeypatch)
    before, *_, after = capsys.readouterr().out.splitlines()
    pattern = r"accuracy \d+\.\d ± \d+\.\d \(20 random 10/10/80 % splits"
    assert re.match(rf"untrained encoder: {pattern}", before)
    assert re.match(rf"[A-Za-z-]+: {pattern}.*\d\.\d s of training", after)


@pytest.mark.parametrize("script", RECOMMENDERS, ids=lambda p: p.stem)
def test_a_recommender_prints_the_untrained_tables_beside_the_result(
    script, monkeypatch, capsys, tmp_path
):
    likes = tmp_path / "likes.csv"
    rows = [f"u{u},i{i}" for u in range(60) for i in range(70) if (u * i + u // 7) % 9 < 2]
    likes.write_text("\n".join(["user,item", *rows]))
    run(script, "--dataset", str(likes), "--epochs", "22", monkeypatch=monkeypatch)
    before, epoch, after = capsys.readouterr().out.splitlines()
    scores = r"recall@20 \d+\.\d, ndcg@20 \d+\.\d \(\d+ users with a test item"
    assert re.match(rf"untrained: {scores}", before)
    assert re.match(r"epoch 20: loss -?\d+\.\d+$", epoch)
    assert re.match(rf"[A-Za-z]+: {scores}", after)


# Untrained, a perceptron that leaves ten numbers of a node tells little of its class.
NARROW = {"pam_cgc_usps", "scgc_acm", "scgc_star_acm", "sdcn_acm", "auto_encoder_usps"}
EPOCHS = {"auto_encoder_usps": "30"}  # the pre-training of the other four


@pytest.mark.slow
@pytest.mark.parametrize("script", PLAIN, ids=lambda p: p.stem)
def test_runs_on_the_digits_graph(script, monkeypatch, capsys):
    epochs = EPOCHS.get(script.stem, "3")
    run(script, "--dataset", "digits", "--epochs", epochs, monkeypatch=monkeypatch)
    untrained, trained = map(float, re.findall(r"accuracy (\d+\.\d)", capsys.readouterr().out))
    assert untrained > (40 if script.stem in NARROW else 80)
    assert trained > 80


def test_grace_has_the_settings_of_its_recipe():
    from gcl import recipes

    text = (EXAMPLES[0].parent / "grace_cora.py").read_text("utf-8")
    recipe = recipes.read("zhu2020_grace_cora")
    method, fit = recipe["method"], recipe["fit"]
    drops = [float(p) for p in re.findall(r"EdgeDrop\(p=([\d.]+)\)", text)]
    masks = [float(p) for p in re.findall(r"FeatureMask\(p=([\d.]+)\)", text)]
    assert (drops, masks) == (method["edge_drop"], method["feature_mask"])
    assert f"NTXent(temperature={method['temperature']})" in text
    rates = re.search(r"lr=([\d.e-]+), weight_decay=([\d.e-]+)", text)
    assert [float(r) for r in rates.groups()] == [fit["lr"], fit["weight_decay"]]
    assert f"default={fit['epochs']}" in text
    assert f"256, {method['out_channels']})" in text


LEARNABLE = [e for e in EXAMPLES if e.stem in ("adgcl_cora", "joao_cora")]


@pytest.mark.parametrize("script", LEARNABLE, ids=lambda p: p.stem)
def test_learnable_views_print_the_untrained_encoder_beside_the_result(script, monkeypatch, capsys):
    run(script, "--dataset", "karate", "--epochs", "5", monkeypatch=monkeypatch)
    before, *_, after = capsys.readouterr().out.splitlines()
    assert re.match(r"untrained encoder: accuracy \d+\.\d ± \d+\.\d", before)
    assert re.match(r"(AD-GCL|JOAO): accuracy \d+\.\d ± \d+\.\d .*\d\.\d s of training", after)
    assert "from gcl.methods" not in script.read_text("utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("script", LEARNABLE, ids=lambda p: p.stem)
def test_learnable_views_run_on_the_digits_graph(script, monkeypatch, capsys):
    run(script, "--dataset", "digits", "--epochs", "5", monkeypatch=monkeypatch)
    scores = [float(s) for s in re.findall(r"accuracy (\d+\.\d)", capsys.readouterr().out)]
    assert len(scores) == 2
    assert min(scores) > 80


def test_own_interactions_beat_popularity_and_the_untrained_method(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    script = EXAMPLES[0].parent / "own_interactions.py"
    run(script, "--epochs", "30", monkeypatch=monkeypatch)
    sizes, popularity, untrained, trained, *lists = capsys.readouterr().out.splitlines()
    assert sizes.startswith("80 users, 60 items")
    recall = [
        float(re.search(r"recall@5 (\d+\.\d)", s)[1]) for s in (popularity, untrained, trained)
    ]
    assert recall[2] > max(recall[:2]) + 10
    assert [line.split(":")[0] for line in lists] == ["user0", "user1", "user10"]
    run(script, "drawn_likes.csv", "--user", "user", "--epochs", "1", monkeypatch=monkeypatch)
