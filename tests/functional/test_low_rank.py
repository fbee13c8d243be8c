import pytest
import torch
from torch_geometric.data import Data

from gcl.functional.low_rank import LowRank


@pytest.fixture
def factors():
    return torch.randn(5, 2), torch.rand(2) + 1, torch.randn(7, 2)


def test_products_and_gradients_are_those_of_the_matrix(factors):
    matrix = factors[0] @ factors[1].diag() @ factors[2].t()
    x = torch.randn(7, 3, requires_grad=True)
    grad = torch.randn(5, 3)
    torch.testing.assert_close(LowRank(*factors) @ x, matrix @ x)
    (own,) = torch.autograd.grad(LowRank(*factors) @ x, x, grad)
    torch.testing.assert_close(own, matrix.t() @ grad)
    torch.testing.assert_close(LowRank(*factors).t() @ grad, matrix.t() @ grad)
    assert LowRank(*factors).shape == (5, 7)
    assert (LowRank(*factors) @ x.double()).dtype == torch.double


def test_it_moves_as_data_moves(factors):
    moved = LowRank(*factors).to("meta", non_blocking=True)
    assert {moved.u.device.type, moved.s.device.type, moved.v.device.type} == {"meta"}


def test_bad_factors_and_operands_are_named(factors):
    u, s, v = factors
    with pytest.raises(ValueError, match=r"u, s and v must have shapes \[R, q\], \[q\] and \[C, q"):
        LowRank(u, s[:1], v)
    with pytest.raises(ValueError, match="v must have 2 dimensions"):
        LowRank(u, s, v[0])
    with pytest.raises(ValueError, match=r"x must have 7 rows \[7, D\], got .*\[5, 3\]"):
        LowRank(u, s, v) @ torch.ones(5, 3)


def test_data_clones_detaches_and_pins_it(factors):
    data = Data(adj_t=LowRank(factors[0].clone().requires_grad_(), *factors[1:]))
    assert data.clone().adj_t.u.data_ptr() != data.adj_t.u.data_ptr()
    assert not data.clone().detach().adj_t.u.requires_grad
    assert torch.equal(data.cpu().adj_t.u, factors[0])
    if torch.cuda.is_available():
        assert data.pin_memory().adj_t.v.is_pinned()
        assert data.cuda().adj_t.s.is_cuda
