"""Every recipe configures what exists, for a data set that exists, with sourced figures."""

import inspect
import re

import pytest
import torch

from gcl import recipes
from gcl.benchmark import Config, build
from gcl.benchmark.config import method_class
from gcl.datasets import CATALOGUE
from gcl.evaluation import clustering, link_prediction, node_classification
from gcl.training import fit

PROTOCOLS = {
    "node": {"public", "wikics", "random", "grace"},
    "clustering": {"kmeans", "best_epoch"},
    "link": {"85/5/10"},
}


@pytest.fixture(params=recipes.names())
def name(request):
    return request.param


@pytest.fixture
def content(name):
    return recipes.read(name)


def test_builds_its_method_with_every_option(content):
    config = Config.from_dict(content)
    method = build(config, num_features=12)
    accepted = inspect.signature(method_class(config.method)).parameters
    assert set(config.options) <= set(accepted)
    assert isinstance(method, method_class(config.method))


def test_fit_options_are_those_of_fit(content):
    inspect.signature(fit).bind_partial(**content["fit"])
    assert {"epochs", "lr"} <= set(content["fit"])


def test_survives_the_round_trip(content):
    config = Config.from_dict(content)
    assert Config.from_dict(config.to_dict()) == config


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
    }
    for figure in content["published"]:
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
