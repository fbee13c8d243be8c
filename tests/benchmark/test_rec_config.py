import pytest

from gcl.benchmark.rec_config import RecConfig, recommenders


def test_defaults_and_round_trip():
    config = RecConfig.from_dict(
        {
            "method": "LightGCN",
            "dataset": "LastFM",
            "split": {"val": 0.2},
            "loader": {"draw": "step"},
        }
    )
    assert (config.method, config.dataset) == ("light_gcn", "lastfm")
    assert config.split == {"protocol": "given", "val": 0.2, "test": 0.1, "seed": 0}
    assert config.loader == {"batch_size": 2048, "draw": "step"}
    assert RecConfig.from_dict(config.to_dict()) == config


def test_the_loader_is_the_one_that_the_method_is_made_for():
    config = RecConfig.from_dict({"method": "light_gcl_paper", "loader": {"samples": 5}})
    assert config.loader == {"batch_size": 256, "samples": 5}
    with pytest.raises(ValueError, match="unknown option loader.draw.*known: batch_size, samples"):
        RecConfig.from_dict({"method": "light_gcl_paper", "loader": {"draw": "step"}})
    with pytest.raises(ValueError, match="unknown option loader.samples"):
        RecConfig.from_dict({"method": "light_gcn", "loader": {"samples": 5}})


def test_graph_methods_are_no_recommenders():
    assert "light_gcn" in recommenders()
    assert "grace" not in recommenders()
    with pytest.raises(ValueError, match="unknown recommender: got 'grace'"):
        RecConfig(method="grace")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            {"method": {"name": "light_gcn", "layers": 2}},
            "unknown option method.layers of light_gcn",
        ),
        ({"method": {"name": "light_gcn", "num_users": 2}}, "unknown option method.num_users"),
        ({"split": {"valid": 0.1}}, "unknown option split.valid.*did you mean val"),
        ({"loader": {"generator": 1}}, "unknown option loader.generator"),
        ({"fit": {"probe": 1}}, "unknown option fit.probe"),
        ({"probe": {"split": 1}}, "unknown option probe.split"),
        ({"columns": {"users": "u"}}, "unknown option columns.users.*did you mean user"),
        ({"evaluation": {}}, "unknown option evaluation"),
        ({"seed": -1}, "seed must be at least 0"),
        ({"split": {"val": 0}, "fit": {"probe_every": 5}}, "fit.probe_every=5 would be ignored"),
        ({"dataset": "lastfmm"}, "unknown dataset"),
    ],
)
def test_what_nothing_would_read_is_an_error(content, message):
    with pytest.raises(ValueError, match=message):
        RecConfig.from_dict(content)
