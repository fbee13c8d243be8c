import pytest

from gcl.cli import rec_layers
from gcl.cli.failures import UsageError
from gcl.cli.rec_layers import trains_recommender

RECIPE = {
    "method": {"name": "light_gcn", "num_layers": 2},
    "dataset": "lastfm",
    "fit": {"lr": 0.01, "epochs": 7},
    "published": [{"metric": "recall@20", "mean": 1.0}],
}


@pytest.fixture
def recipe(monkeypatch):
    """One recipe, of LightGCN on LastFM."""

    def found(method, dataset):
        return "r" if (method, dataset) == ("light_gcn", "lastfm") else None

    monkeypatch.setattr(rec_layers.recipes, "recipe_for", found)
    monkeypatch.setattr(rec_layers.recipes, "read", lambda name: RECIPE)


def layers(*words):
    return rec_layers.rec_layers(list(words))


def test_flags_win_over_the_file_and_the_file_over_the_recipe(recipe, folder):
    (folder / "c.yaml").write_text("fit: {lr: 0.02}\n")
    found = layers("--method", "LightGCN", "--dataset", "lastfm", "--config", "c.yaml")
    assert found.recipe == "r"
    config = found.config({"method": {"num_layers": 1}})
    assert config.options == {"num_layers": 1}
    assert (config.fit["lr"], config.fit["epochs"]) == (0.02, 7)
    assert config.published


def test_validation_of_the_recipe_gives_way_to_flags_and_nothing_else_does(recipe, monkeypatch):
    fit = {"epochs": 50, "probe_every": 10, "patience": 3}
    monkeypatch.setitem(RECIPE, "fit", fit)
    found = layers("--method", "light_gcn", "--dataset", "lastfm")
    assert found.config({"fit": {"epochs": 3}}).fit["probe_every"] == 3
    assert found.config({"fit": {"epochs": 20}}).fit["probe_every"] == 10
    alone = found.config({"split": {"val": 0}}).fit
    assert alone.keys() == {"epochs", "lr"}
    assert found.config({"fit": {"epochs": 3, "probe_every": 5}}).fit["probe_every"] == 5
    with pytest.raises(ValueError, match="probe_every=5 would be ignored"):
        found.config({"fit": {"probe_every": 5}, "split": {"val": 0}})


def test_published_figures_stay_with_their_method_and_data(recipe):
    named = layers("--recipe", "r", "--dataset", "gowalla")
    assert named.content["fit"]["epochs"] == 7
    assert "published" not in named.content
    assert layers("--method", "light_gcn", "--recipe", "none").recipe is None


def test_who_trains(recipe, folder):
    (folder / "c.yaml").write_text("method: {name: light_gcn}\n")
    (folder / "g.yaml").write_text("method: grace\n")
    assert trains_recommender(["--method", "lightgcn"])
    assert trains_recommender(["--recipe", "r"])
    assert trains_recommender(["--config=c.yaml"])
    assert not trains_recommender(["--config", "g.yaml"])
    assert not trains_recommender(["--method", "grace", "--config", "c.yaml"])
    assert not trains_recommender([])
    assert not trains_recommender(["--resume", "--out", "nothing"])


def test_a_resumed_run_takes_no_recipe(recipe):
    with pytest.raises(UsageError, match="--recipe r would be ignored"):
        layers("--method", "light_gcn", "--resume", "--recipe", "r")
