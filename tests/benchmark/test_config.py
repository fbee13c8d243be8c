import pytest

from gcl.benchmark import Config, Evaluation, build, for_pair
from gcl.benchmark.names import method_name, method_names


def test_defaults_are_the_embedded_graph():
    config = Config()
    assert (config.method, config.dataset) == ("grace", "digits")
    assert config.fit == {"epochs": 200, "lr": 5e-4}


def test_short_and_long_method_are_the_same():
    short = Config.from_dict({"method": "dgi", "dataset": "karate"})
    assert short == Config.from_dict({"method": {"name": "dgi"}, "dataset": "karate"})


def test_recipe_is_found_for_a_pair():
    config = for_pair("GRACE", "cora", seed=4)
    assert config.options["temperature"] == 0.4
    assert (config.normalize_features, config.seed) == (True, 4)
    assert for_pair("grace", "physics").options == {}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"method": "grcae"}, r"unknown method: got 'grcae' \(did you mean grace"),
        ({"method": {"name": "grace", "temprature": 1}}, "method.temprature.*temperature"),
        ({"method": {"in_channels": 5}}, "unknown option method.in_channels of grace"),
        ({"fit": {"epoch": 5}}, r"unknown option fit.epoch: got 'epoch' \(did you mean epochs"),
        ({"fit": {"out": "x"}}, "unknown option fit.out"),
        ({"evaluation": {"task": []}}, r"evaluation.task: .*did you mean tasks"),
        ({"evaluation": {"tasks": ["nodes"]}}, "tasks must be one of .* got 'nodes'"),
        ({"evaluation": {"protocol": "publc"}}, "protocol must be one of .*did you mean public"),
        ({"evaluation": {"decoder": "mlp"}}, "decoder must be one of .* got 'mlp'"),
        ({"evaluation": {"kmeans_runs": 0}}, "kmeans_runs must be at least 1, got 0"),
        (
            {"evaluation": {"kmeans_normalize": "l1"}},
            "kmeans_normalize must be one of l2; got",
        ),
        ({"pot": {"kapa": 0.4}}, r"unknown option pot.kapa: got 'kapa' \(did you mean kappa"),
        ({"method": {"pot": "x"}}, "unknown option method.pot of grace"),
        ({"method": "dgi", "pot": {"kappa": 0.4}}, "pot would be ignored: DGI takes no regul"),
        ({"datset": "cora"}, r"unknown option datset: .*did you mean dataset"),
        ({"seed": -1}, "seed must be at least 0, got -1"),
    ],
)
def test_what_nothing_would_read_is_an_error(content, message):
    with pytest.raises(ValueError, match=message):
        Config.from_dict(content)


def test_a_regulariser_is_part_of_the_run():
    config = Config.from_dict({"method": "grace", "pot": {"kappa": 0.2, "batch_size": 5}})
    assert (config.label, Config().label) == ("grace + pot", "grace")
    assert config.to_dict()["pot"] == {"kappa": 0.2, "batch_size": 5}
    assert Config.from_dict(config.to_dict()) == config
    assert repr(build(config, 3).pot) == "POT(kappa=0.2, mode='exact', batch_size=5)"
    assert build(Config(), 3).pot is None
    assert Config(pot={}).label == "grace + pot"
    assert Config(pot={"mode": "fast"}).label == "grace + pot (fast)"
    with pytest.raises(TypeError, match="pot must hold the arguments of POT by name.*got 0.4"):
        Config(pot=0.4)


def test_no_mapping_is_an_error():
    with pytest.raises(TypeError, match="configuration must be a mapping, got 'grace'"):
        Config.from_dict("grace")


def test_one_attribute_or_several():
    assert Config.from_dict({"features": "degree"}).features == ("degree",)
    config = Config.from_dict({"dataset": "a.graphml", "features": ["x", "y"], "labels": "z"})
    assert config.graph == ("a.graphml", None, False, False, ("x", "y"), "z", None)
    assert config.to_dict()["features"] == ["x", "y"]


def test_dictionary_holds_everything():
    config = Config(
        options={"edge_drop": (0.1, 0.2)},
        fit={"epochs": 3},
        evaluation=Evaluation(tasks=("node",), num_splits=2),
        seed=7,
    )
    content = config.to_dict()
    assert content["method"] == {"name": "grace", "edge_drop": [0.1, 0.2]}
    assert content["evaluation"]["tasks"] == ["node"]
    assert Config.from_dict(content).to_dict() == content


def test_a_recommender_is_no_method_on_nodes():
    for ask in (lambda: Config("light_gcl"), lambda: method_name("LightGCL")):
        with pytest.raises(ValueError, match="ranks items for users.*gcl bench table rec"):
            ask()
    assert "light_gcl" not in method_names()
