import pytest
import torch
from torch_geometric.data import Data

from gcl.methods import GRACE
from gcl.training import MemoryBudget, memory_budget


def graph(n=400, m=3000, features=20):
    torch.manual_seed(0)
    return Data(x=torch.rand(n, features), edge_index=torch.randint(n, (2, m)))


def budget(total, **options):
    return memory_budget(total, GRACE(20, out_channels=8, **options), graph(), held=10**8)


def test_parts_of_the_formula():
    found = budget("1GB")
    parameters = 20 * 16 + 16 + 16 * 8 + 8 + 2 * (8 * 8 + 8)
    lists = 40 * 3000 + 8 * 400  # more than embeddings, 12 * 400 * 8
    assert found.fixed == 10**8 + 96 * 2**20 + 24 * parameters + lists
    assert found.outputs == 16 + 8 + 8 + 8
    assert found.batch(10, 30) == int(1.25 * (10 * 4 * (60 + 6 * 40) + 30 * 240))
    assert found.batch(0, 1) < budget("1GB", encoder="sage").batch(0, 1)  # stores messages


def test_everything_grows_with_the_budget():
    budgets = [budget(size) for size in ("250MB", "500MB", "2GB", "8GB")]
    sizes = [b.largest(lambda k: (k, 8 * k), 10**9) for b in budgets]
    assert sizes == sorted(set(sizes))
    blocks = [b.block_size for b in budgets]
    assert blocks == sorted(blocks)
    assert blocks[0] < blocks[-1]
    limits = [b.block_limit for b in budgets]
    assert limits == sorted(set(limits))
    assert budget("201MB").blocks() < budgets[-1].blocks()


def test_the_largest_batch_fits_and_the_next_does_not():
    found = budget("500MB")
    size = found.largest(lambda k: (k, 8 * k), 10**9)
    assert found.fits((size, 8 * size))
    assert not found.fits((size + 1, 8 * size + 8))
    assert found.largest(lambda k: (k, 0), 5) == 5
    assert MemoryBudget(100, 99, 1, 1, 1).largest(lambda k: (k, 0), 5) == 0


def test_a_budget_below_what_is_there_names_both():
    with pytest.raises(ValueError, match=r"must exceed .* 20\d MB .100 MB there.*got 150 MB"):
        budget("150MB")


def test_without_a_number_from_the_system_the_graph_is_counted(monkeypatch):
    monkeypatch.setattr("gcl.training.budget.resident", lambda: None)
    method = GRACE(20, out_channels=8)
    held = 4 * 400 * 20 + 8 * 2 * 3000
    assert memory_budget("1GB", method, graph()).fixed == (
        memory_budget("1GB", method, graph(), held=held).fixed
    )
