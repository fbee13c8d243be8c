"""All recommenders under one protocol: what is fixed, what is chosen, what a line holds."""

import json

import pytest
import torch

from gcl import recipes
from gcl.benchmark import rec_suite
from gcl.benchmark.rec_config import recommenders
from gcl.benchmark.rec_entries import ABLATIONS, BASELINES, COMMON, FIT, GRIDS, LOADER, entries
from gcl.benchmark.rec_run import load_interactions
from gcl.benchmark.rec_suite import run_rec_suite
from gcl.benchmark.rec_table import (
    RecLine,
    read_rec_json,
    rec_cells,
    rec_markdown,
    rec_notes,
    write_rec_tables,
)
from gcl.evaluation import ranking
from gcl.loaders import UserLoader, ranking_split

QUICK = {"epochs": 4, "probe_every": 2, "patience": 2}


@pytest.fixture
def likes(tmp_path):
    rows = [f"u{u},i{i}" for u in range(40) for i in range(50) if u % 4 == i % 4 and (u + i) % 3]
    path = tmp_path / "likes.csv"
    path.write_text("\n".join(["user,item", *rows]))
    return str(path)


def test_every_recommender_is_trained_alike_and_has_something_to_choose():
    found = list(entries(list(recommenders()), ["lastfm", "gowalla"]))
    assert set(GRIDS) == set(recommenders())
    assert len(found) == 2 * (len(BASELINES) + len(recommenders()) + len(ABLATIONS))
    shared = set()
    for entry in found:
        config = entry.config
        assert {name: config.options[name] for name in COMMON} == COMMON
        loader = config.loader
        if recommenders()[config.method].loader_class is UserLoader:  # its batches are of users
            own = recipes.read(recipes.recipe_for(config.method, config.dataset))["loader"]
            assert loader == own
            loader = LOADER
        fit = {**config.fit, "weight_decay": None}
        if entry.label in BASELINES:
            assert fit.pop("epochs") == 0
            fit = {"epochs": FIT["epochs"], **fit}
        shared.add(repr((config.split, loader, sorted(fit.items()))))
        assert set(entry.candidates) <= set(config.options)
    assert len(shared) == 1
    fixed = [*BASELINES, "light_gcl (contrast_weight=0)"]
    assert [e.label for e in found if not e.candidates] == fixed * 2


def test_a_precision_goes_to_the_methods_that_have_one():
    found = {e.label: e.config.options for e in entries(["light_gcn", "sgl"], ["lastfm"])}
    assert "precision" not in found["light_gcn"]
    found = entries(["light_gcn", "light_gcl", "sgl"], ["lastfm"], precision="bf16")
    given = {e.label: e.config.options.get("precision") for e in found}
    ablation = "light_gcl (contrast_weight=0)"
    assert given == {
        **dict.fromkeys(BASELINES),
        "light_gcn": None,
        "light_gcl": "bf16",
        ablation: "bf16",
        "sgl": "bf16",
    }
    with pytest.raises(ValueError, match="precision must be one of .* got 'half'"):
        list(entries(["sgl"], ["lastfm"], precision="half"))


def test_figures_of_another_set_do_not_come_along(likes):
    *_, entry = entries(["light_gcn"], [likes])
    assert entry.config.published == ()
    assert entry.config.split["protocol"] == "ratio"
    *baselines, gowalla = entries(["light_gcn"], ["gowalla"])
    assert not any(entry.config.published for entry in baselines)
    assert gowalla.config.published


def test_the_choice_is_by_validation_and_the_chosen_run_is_not_repeated(likes, monkeypatch):
    monkeypatch.setitem(GRIDS, "light_gcn", {"regularization": (1e-4, 1e4)})
    said, calls = [], []
    train = rec_suite.train_recommender
    monkeypatch.setattr(
        rec_suite,
        "train_recommender",
        lambda config, *a, **k: calls.append(config) or train(config, *a, **k),
    )
    *_, entry = entries(["light_gcn"], [likes], fit={**QUICK, "lr": 0.05})
    (line,) = run_rec_suite([entry], seeds=2, report=said.append)
    assert line.chosen == {"regularization": 1e-4}
    assert [c.seed for c in calls] == [0, 0, 1]  # two candidates, then seed 1 of the chosen
    assert calls[-1].options["regularization"] == 1e-4
    assert (line.label, len(line.epochs)) == ("light_gcn", 2)
    assert line.result["recall@20"].n == 2
    assert "training seeds 0, 1" in line.result.protocol
    assert any("validation of" in text for text in said)


def test_baselines_are_popularity_and_tables_that_were_not_trained(likes):
    listed = list(entries(["light_gcn"], [likes], fit=QUICK, tune=False))[: len(BASELINES)]
    popular, untrained = run_rec_suite(listed, seeds=2)
    assert (popular.label, untrained.label) == BASELINES
    assert popular.epochs == untrained.epochs == (0, 0)
    data = load_interactions(popular.config)
    split = ranking_split(data, **popular.config.split)
    known = split.data["user", "rates", "item"].edge_index[1]
    count = known.bincount(minlength=data["item"].num_nodes).float().view(-1, 1)
    expected = ranking(torch.ones(data["user"].num_nodes, 1), count, split, k=20)
    assert popular.result.raw["recall@20"] == (expected["recall@20"].mean,) * 2
    first, second = untrained.result.raw["recall@20"]
    assert first != second


def test_an_ablation_stands_beside_its_method(likes):
    listed = list(entries(["light_gcl"], [likes], fit=QUICK, tune=False))
    lines = list(run_rec_suite(listed[len(BASELINES) :], seeds=1))
    assert [line.label for line in lines] == ["light_gcl", "light_gcl (contrast_weight=0)"]
    assert lines[1].config.options["contrast_weight"] == 0


def line_of(label="light_gcn", dataset="gowalla"):
    found = {e.label: e for e in entries(["light_gcn", "light_gcl"], [dataset])}
    raw = {"recall@20": (0.18, 0.19), "ndcg@20": (0.15, 0.15)}
    result = rec_suite.Result(raw, "given split")
    chosen = {"regularization": 1e-4}
    return RecLine(label, found[label].config, result, (10, 20), 1.5, 900.0, chosen)


def test_published_figures_count_beside_the_same_split_alone():
    header, ((dataset, _, recall, *_),) = rec_cells([line_of()])
    assert (dataset, recall) == ("gowalla", "18.50 ± 0.71 [18.24]")
    assert header[2:4] == ["recall@20", "ndcg@20"]
    _, ((_, _, recall, *_),) = rec_cells([line_of("light_gcl")])
    assert "[" not in recall
    notes = "\n".join(rec_notes([line_of("light_gcl")]))
    assert "ANOTHER split, not comparable: 21.24" in notes
    assert not line_of("light_gcl (contrast_weight=0)").published("recall@20", same=False)


def test_files_hold_the_lines(tmp_path):
    write_rec_tables([line_of(), line_of("light_gcl")], tmp_path)
    again = read_rec_json(tmp_path / "rec.json")
    assert [line.to_dict() for line in again] == [
        line.to_dict() for line in (line_of(), line_of("light_gcl"))
    ]
    assert (tmp_path / "rec.md").read_text() == rec_markdown(again) + "\n"
    (tmp_path / "rec.json").write_text(json.dumps([{"label": "x"}]))
    with pytest.raises(ValueError, match=r"rec\.json is no table of recommenders"):
        read_rec_json(tmp_path / "rec.json")


def test_no_seed_is_refused():
    with pytest.raises(ValueError, match="seeds must be at least 1, got 0"):
        list(run_rec_suite([], seeds=0))
