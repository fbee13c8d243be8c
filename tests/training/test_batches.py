import pytest
import torch
from torch_geometric.data import Data, HeteroData
from torch_geometric.datasets import FakeDataset

from gcl.training.batches import Batches, move, tensors

CPU, META = torch.device("cpu"), torch.device("meta")


def test_graph_is_the_same_object_every_epoch(graph):
    batches = Batches(graph, CPU, 2)
    assert batches.full_batch
    assert [*batches, *batches] == [graph, graph]


def test_iterable_is_walked_anew_each_epoch(graph):
    batches = Batches([graph, 3], CPU, 2)
    assert not batches.full_batch
    assert [*batches, *batches] == [graph, 3, graph, 3]


def test_one_shot_iterator(graph):
    assert list(Batches(iter([graph]), CPU, 1)) == [graph]
    with pytest.raises(ValueError, match="used up after one epoch, but epochs=2"):
        Batches((g for g in [graph]), CPU, 2)


def test_asking_does_not_start_the_loader(graph):
    class Loader:
        starts = 0

        def __iter__(self):
            Loader.starts += 1
            return iter([graph])

    Batches(Loader(), CPU, 2)
    assert Loader.starts == 0


def test_no_batch():
    with pytest.raises(ValueError, match=r"data yields no batch: \[\]"):
        list(Batches([], CPU, 1))


@pytest.mark.parametrize("data", [None, 3, "cora", torch.ones(2, 2), {"x": 1}])
def test_bad_data(data):
    with pytest.raises(TypeError, match="data must be a PyG Data or HeteroData, or an iterable"):
        Batches(data, CPU, 1)


def test_dataset_is_not_a_graph():
    with pytest.raises(TypeError, match=r"got a dataset: pass data\[0\]"):
        Batches(FakeDataset(), CPU, 1)


def test_move_copies_what_is_elsewhere(graph):
    hetero = HeteroData()
    hetero["a"].x = torch.ones(1)
    batch = {"g": graph, "t": (torch.ones(1), [hetero, 5])}
    moved = move(batch, META)
    assert moved["g"].x.is_meta
    assert moved["t"][0].is_meta
    assert moved["t"][1][0]["a"].x.is_meta
    assert moved["t"][1][1] == 5
    assert graph.x.device == hetero["a"].x.device == CPU
    assert move(graph, CPU) is graph


def test_tensors_by_name(graph):
    hetero = HeteroData()
    hetero["a"].x = torch.ones(1)
    hetero["a", "to", "a"].edge_index = torch.zeros(2, 1, dtype=torch.long)
    assert list(tensors(graph)) == ["x", "edge_index"]
    assert list(tensors(hetero)) == ["a.x", "a__to__a.edge_index"]
    assert list(tensors(Data())) == []


def test_own_generator_of_a_loader(graph):
    generator = torch.Generator()
    loader = torch.utils.data.DataLoader([1], generator=generator)
    assert Batches(loader, CPU, 1).generator is generator
    assert Batches([graph], CPU, 1).generator is None
