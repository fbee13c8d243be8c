import pytest

from gcl.benchmark import suites
from gcl.benchmark.suites import SUITES, home_recipe, protocol_of
from gcl.datasets import CATALOGUE


def test_suites_name_what_exists():
    for suite in SUITES.values():
        assert set(suite.datasets) <= set(CATALOGUE)
        assert set(suite.home) <= set(CATALOGUE)


def test_a_methods_own_recipe_comes_first_then_that_of_home():
    assert home_recipe("grace", "citeseer", ("cora",)) == "zhu2020_grace_citeseer"
    assert home_recipe("grace", "actor", ("cora",)) == "zhu2020_grace_cora"


def test_without_one_for_home_any_recipe_serves_and_without_any_none(monkeypatch):
    content = {"r": {"method": {"name": "m"}, "dataset": "photo"}}
    monkeypatch.setattr(suites.recipes, "names", lambda: list(content))
    monkeypatch.setattr(suites.recipes, "read", content.__getitem__)
    assert home_recipe("m", "actor", ("cora",)) == "r"
    assert home_recipe("other", "actor", ("cora",)) is None


@pytest.mark.parametrize(
    ("name", "split"), [("cora", "public"), ("photo", "random"), ("wikics", "public")]
)
def test_a_transferred_recipe_is_scored_on_the_data_sets_own_split(name, split):
    assert protocol_of(name) == split
