import pytest
import torch
from torch_geometric.data import Data

from gcl.benchmark import Config, build, restore, train
from gcl.benchmark.budget import block_size
from gcl.benchmark.mini_batches import LOADERS, loader_arguments, make_loader
from gcl.benchmark.sources import UntrainedEncoder
from gcl.datasets import load
from gcl.loaders import ClusterLoader, HardBatchLoader, NeighborLoader
from gcl.methods import MVGRL, Method

CLUSTERS = {"name": "clusters", "num_parts": 4, "batch_size": 2}
NEIGHBOR = {"name": "neighbor", "num_neighbors": [3, 2], "batch_size": 8}
HARD = {**NEIGHBOR, "name": "hard", "cluster_size": 4, "skip": 2, "keep": 8}
SMALL = {"dataset": "karate", "options": {"out_channels": 8}, "fit": {"epochs": 2}}


def karate():
    return load("karate")[0]


@pytest.mark.parametrize(
    ("given", "cls"),
    [(CLUSTERS, ClusterLoader), (NEIGHBOR, NeighborLoader), (HARD, HardBatchLoader)],
)
def test_a_loader_by_name_walks_over_all_nodes(given, cls):
    config = Config(loader=given)
    loader = make_loader(config.loader, karate())
    assert type(loader) is cls
    assert loader.batch_size == given["batch_size"]
    seen = torch.cat([batch.n_id[: batch.batch_size] for batch in loader])
    assert sorted(seen.tolist()) == list(range(34))


def test_seeds_meet_others_in_every_epoch():
    assert Config(loader=NEIGHBOR).loader["shuffle"] is True
    assert Config(loader={**NEIGHBOR, "shuffle": False}).loader["shuffle"] is False


def test_what_the_run_sets_itself_is_no_option():
    for name in LOADERS:
        own = loader_arguments(name)
        assert "batch_size" in own
        assert not {"data", "generator", "input_nodes", "teacher"} & set(own)


@pytest.mark.parametrize(
    ("loader", "message"),
    [
        ({"name": "neighbour"}, r"loader.name must be one of clusters, .*did you mean neighbor"),
        ({"batch_size": 3}, r"loader.name must be one of .*got \{'batch_size': 3\}"),
        ({"name": None}, "loader.name must be one of"),
        ({**CLUSTERS, "num_part": 2}, r"unknown option loader.num_part of clusters.*num_parts"),
        ({**CLUSTERS, "num_neighbors": [2]}, "unknown option loader.num_neighbors of clusters"),
        ({**NEIGHBOR, "generator": 1}, "unknown option loader.generator of neighbor"),
        ({"name": "neighbor"}, "loader.num_neighbors must be given for the loader neighbor"),
        ({"name": "clusters"}, "loader.num_parts must be given for the loader clusters"),
    ],
)
def test_what_no_loader_would_read_is_an_error(loader, message):
    with pytest.raises(ValueError, match=message):
        Config.from_dict({"loader": loader})


def test_no_mapping_is_an_error():
    with pytest.raises(TypeError, match="loader must hold a name and options.*got 'clusters'"):
        Config(loader="clusters")


def test_dictionary_holds_the_loader():
    config = Config(loader={**NEIGHBOR, "num_neighbors": (3, 2)})
    content = config.to_dict()
    assert content["loader"] == {**NEIGHBOR, "shuffle": True}
    assert Config.from_dict(content).to_dict() == content
    assert Config().to_dict()["loader"] is None
    assert (config.label, Config().label) == ("grace (mini-batches)", "grace")
    assert Config(loader=CLUSTERS, pot={}).label == "grace + pot (mini-batches)"


@pytest.mark.parametrize("loader", [CLUSTERS, NEIGHBOR, HARD])
def test_a_resumed_run_is_the_whole_run(tmp_path, loader):
    config = Config(loader=loader, **SMALL)
    longer = Config(loader=loader, **{**SMALL, "fit": {"epochs": 4}})
    whole = train(longer, karate(), out=tmp_path / "a")
    train(config, karate(), out=tmp_path / "b")
    parts = train(longer, karate(), out=tmp_path / "b", resume=True)
    assert whole.history.losses == parts.history.losses
    assert torch.equal(whole.h, parts.h)
    assert restore(tmp_path / "b").config == longer


def test_batches_change_what_is_learnt():
    whole, batches = (train(Config(loader=i, **SMALL), karate()) for i in (None, CLUSTERS))
    assert not torch.equal(whole.h, batches.h)


def test_runs_in_mini_batches_embed_layer_by_layer_where_the_method_can(monkeypatch):
    asked = []
    embed = Method.embed

    def spy(self, data, *, block_size=None):
        asked.append(block_size)
        return embed(self, data, block_size=block_size)

    monkeypatch.setattr(Method, "embed", spy)
    for config in (Config(loader=CLUSTERS, **SMALL), Config(**SMALL)):
        train(config, karate())
        UntrainedEncoder(config)(karate())
    mvgrl = Config("mvgrl", loader=CLUSTERS, **SMALL)
    train(mvgrl, karate())
    assert asked == [2**16, 2**16, None, None, None]
    assert block_size(mvgrl, build(mvgrl, 34), karate()) is None


def test_a_method_that_needs_the_whole_graph_says_so(tmp_path):
    config = Config("mvgrl", loader=CLUSTERS, **{**SMALL, "options": {"window": 8}})
    with pytest.raises(ValueError, match="window must be None for mini-batches"):
        train(config, karate(), out=tmp_path / "o")
    assert not (tmp_path / "o").exists()
    data = Data(x=torch.rand(9, 3), edge_index=torch.tensor([[0], [1]]), batch_size=2)
    with pytest.raises(ValueError, match="window must be None for mini-batches.*batch_size"):
        MVGRL(3, window=4).step(data)
