"""Every recipe configures what exists, for a data set that exists, with sourced figures.

There are two kinds: of methods that embed nodes, and of recommenders.
"""

import inspect
import re

import pytest
import torch

from gcl import recipes
from gcl.benchmark import Config, RecConfig, build
from gcl.benchmark.names import method_class, method_names
from gcl.benchmark.rec_config import recommender_class, recommenders
from gcl.benchmark.rec_run import build_recommender
from gcl.datasets import CATALOGUE
from gcl.evaluation import clustering, link_prediction, node_classification
from gcl.loaders import UserLoader
from gcl.training import fit

PROTOCOLS = {
    "node": {"public", "wikics", "random", "grace", "bgrl"},
    "clustering": {"kmeans", "best_epoch"},
    "link": {"85/5/10"},
    # LightGCN's split of Gowalla, and two others: LightGCL's and DCCF's
    "ranking": {"given", "lightgcl", "dccf"},
}


@pytest.fixture(params=recipes.names())
def name(request):
    return request.param


@pytest.fixture
def content(name):
    return recipes.read(name)


def recommends(content):
    return content["method"]["name"] in recommenders()


def test_every_recipe_is_of_one_kind(content):
    assert recommends(content) != (content["method"]["name"] in method_names())


def test_builds_its_method_with_every_option(content):
    if recommends(content):
        config = RecConfig.from_dict(content)
        method, cls = build_recommender(config, 12, 15), recommender_class(config.method)
    else:
        config = Config.from_dict(content)
        method, cls = build(config, num_features=12), method_class(config.method)
    assert set(config.options) <= set(inspect.signature(cls).parameters)
    assert isinstance(method, cls)


def test_a_recommender_stops_by_validation_or_at_a_fixed_epoch(content):
    if not recommends(content):
        assert not {"split", "loader", "probe"} & set(content)
        return
    assert content["split"]["protocol"] == "given"
    assert ("patience" in content["fit"]) == (content["split"]["val"] > 0)
    users = recommender_class(content["method"]["name"]).loader_class is UserLoader
    assert content["loader"]["batch_size"] >= (256 if users else 1024)


def test_fit_options_are_those_of_fit(content):
    inspect.signature(fit).bind_partial(**content["fit"])
    assert {"epochs", "lr"} <= set(content["fit"])


def test_survives_the_round_trip(content):
    kind = RecConfig if recommends(content) else Config
    config = kind.from_dict(content)
    assert kind.from_dict(config.to_dict()) == config


def test_is_named_after_paper_method_and_data_set(name, content):
    author_year, method, dataset = name.split("_", 2)
    assert re.fullmatch(r"[a-z]+\d{4}", author_year)
    assert (method, dataset) == (content["method"]["name"].replace("_", ""), content["dataset"])
    assert dataset in CATALOGUE
    for known in (method, content["method"]["name"]):
        assert recipes.recipe_for(known, dataset) == name


def test_published_figures_are_per_cent_with_protocol_and_source(content):
    y = torch.arange(60) % 3
    metrics = {
        "node": set(node_classification(torch.rand(60, 2), y, num_splits=1)),
        "clustering": set(clustering(torch.rand(60, 2), y, num_runs=1)),
        "link": {"auc", "ap"},
        "ranking": {"recall@20", "ndcg@20"},
    }
    for figure in content.get("published") or ():
        assert (figure["task"] == "ranking") == recommends(content)
        assert figure["metric"] in metrics[figure["task"]]
        assert figure["protocol"] in PROTOCOLS[figure["task"]]
        assert 1 < figure["mean"] <= 100
        assert figure["source"]
        assert figure["detail"]


def test_unknown_recipe_lists_the_nearest():
    with pytest.raises(ValueError, match=r"unknown recipe: .*did you mean zhu2020_grace_cora"):
        recipes.read("zhu2020_grace_coar")
    assert recipes.recipe_for("grace", "physics") is None


def test_link_metrics_have_these_names():
    assert {"auc", "ap"} <= set(inspect.getdoc(link_prediction).replace("``", " ").split())
