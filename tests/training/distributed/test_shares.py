import pytest
import torch
from torch_geometric.data import Data

from gcl.training.distributed import Divided
from gcl.training.distributed.shares import Shares, count_rows

GRAPH = Data(x=torch.rand(5, 2), edge_index=torch.tensor([[0], [1]]))
CPU = torch.device("cpu")


def test_rows_are_seeds_or_nodes():
    batch = GRAPH.clone()
    assert count_rows(batch) == 5
    batch.batch_size = 2
    assert count_rows(batch) == 2


def test_divided_is_what_it_holds():
    own = Divided([GRAPH, GRAPH])
    assert len(list(own)) == 2
    turns = list(Shares(own, CPU, 1))  # a group of one
    assert [turn.rows for turn in turns] == [[5.0], [5.0]]
    assert turns[0].batch is GRAPH


def test_a_graph_and_any_iterable_are_refused():
    with pytest.raises(TypeError, match="data must be a loader with several processes"):
        Shares(GRAPH, CPU, 1)
    with pytest.raises(TypeError, match=r"data must be a loader of gcl.loaders .*Divided\(...\)"):
        Shares([GRAPH], CPU, 1)
