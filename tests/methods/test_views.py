import pytest
import torch
from torch_geometric.data import Data

from gcl.methods.views import aligned_rows

GRAPH = Data(x=torch.arange(5.0)[:, None], edge_index=torch.empty(2, 0, dtype=torch.long))


def view(ids, **extra):
    return Data(x=torch.tensor(ids).float()[:, None], n_id=torch.tensor(ids), **extra)


def test_full_views_keep_all_rows():
    assert aligned_rows(GRAPH, GRAPH, GRAPH) == (slice(None),) * 3


def test_common_nodes_are_found_in_both_views():
    first, second = view([0, 2, 3]), view([4, 3, 2])
    rows1, rows2, rows = aligned_rows(GRAPH, first, second)
    assert first.x[rows1, 0].tolist() == second.x[rows2, 0].tolist() == [2, 3]
    assert rows.tolist() == [2, 3]


def test_nodes_of_a_sampled_batch_keep_their_names():
    batch = Data(x=torch.rand(4, 1), n_id=torch.tensor([70, 10, 50, 30]), batch_size=2)
    rows = aligned_rows(batch, view([50, 70, 10]), view([30, 10]))
    assert [r.tolist() for r in rows] == [[2], [1], [1]]  # node 10: the seed that both views kept


def test_lost_nodes_without_names_are_an_error():
    short = Data(x=torch.rand(3, 1))
    with pytest.raises(ValueError, match="must set 'n_id' on the view; got 3 nodes of 5"):
        aligned_rows(GRAPH, short, GRAPH)
