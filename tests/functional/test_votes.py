import pytest
import torch

from gcl.functional import column_votes
from gcl.functional import votes as module


@pytest.fixture
def features():
    x = torch.randn(50, 12) * (torch.rand(50, 12) < 0.2)
    x[:, 3] = 0
    return x


@pytest.mark.parametrize("binary", [True, False])
@pytest.mark.parametrize("layout", [torch.strided, torch.sparse_csr])
def test_votes_are_the_sums_of_a_loop(features, binary, layout, monkeypatch):
    monkeypatch.setattr(module, "_ROWS", 7)  # more than one block
    score = torch.rand(50) - 0.3
    expected = torch.zeros(12, dtype=torch.double)
    for row, s in zip(features.double(), score.double(), strict=True):
        expected += ((row != 0).double() if binary else row.abs()) * s
    x = features if layout == torch.strided else features.to_sparse_csr()
    found = column_votes(x, score, binary=binary)
    assert found.dtype == torch.double
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_features_are_summed_in_single(dtype):
    x, score = torch.ones(3000, 2).to(dtype), torch.full((3000,), 80.5)
    assert column_votes(x, score).tolist() == [3000 * 80.5] * 2


def test_graphs_without_nodes_have_no_votes():
    assert column_votes(torch.ones(0, 3), torch.ones(0)).tolist() == [0, 0, 0]
    assert column_votes(torch.ones(2, 0), torch.ones(2)).tolist() == []


def test_bad_input():
    with pytest.raises(ValueError, match=r"score must have shape \[2\]"):
        column_votes(torch.ones(2, 3), torch.ones(3))
    with pytest.raises(ValueError, match="x must be finite, got nan at row 0, column 1"):
        column_votes(torch.tensor([[0.0, torch.nan]]), torch.ones(1))
    with pytest.raises(TypeError, match="x must have a floating-point dtype"):
        column_votes(torch.ones(2, 3, dtype=torch.long), torch.ones(2))
    with pytest.raises(TypeError, match="binary must be True or False, got 1"):
        column_votes(torch.ones(2, 3), torch.ones(2), binary=1)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_autocast_changes_nothing(features, dtype):
    score = 1e5 * torch.rand(50)  # sums leave the range of float16
    expected = column_votes(features, score)
    with torch.autocast("cpu", dtype=dtype):
        assert torch.equal(column_votes(features, score), expected)
