import pytest
import torch

from gcl.functional import gcn_adjacency, truncated_svd
from gcl.functional.csr import SparseMatrix, sort_entries
from gcl.functional.sparse_features import csr_tensor


def decaying(rows, columns, rate=0.7):
    """A matrix with singular values 1, rate, rate^2, ... and its singular vectors."""
    width = min(rows, columns)
    u, _ = torch.linalg.qr(torch.randn(rows, width, dtype=torch.double))
    v, _ = torch.linalg.qr(torch.randn(columns, width, dtype=torch.double))
    return u @ (rate ** torch.arange(width)).diag().double() @ v.t()


def sparse(matrix):
    row, column = matrix.nonzero().t()
    pattern, order = sort_entries(row, column, tuple(matrix.shape))
    return SparseMatrix(pattern, matrix[row, column][order])


SHAPES = pytest.mark.parametrize("shape", [(40, 40), (60, 25), (25, 60)])


@SHAPES
def test_equals_the_full_decomposition(shape):
    a = decaying(*shape)
    factors = truncated_svd(a, 6, niter=8, oversample=10)
    u, s, vh = torch.linalg.svd(a, full_matrices=False)
    torch.testing.assert_close(factors.s, s[:6])
    best = u[:, :6] @ s[:6].diag() @ vh[:6]
    torch.testing.assert_close(factors @ torch.eye(shape[1]).double(), best, atol=1e-7, rtol=0)


@SHAPES
def test_factors_are_orthonormal_and_sorted(shape):
    factors = truncated_svd(decaying(*shape), 5)
    eye = torch.eye(5, dtype=torch.double)
    torch.testing.assert_close(factors.u.t() @ factors.u, eye)
    torch.testing.assert_close(factors.v.t() @ factors.v, eye)
    assert (factors.s.diff() <= 0).all()


@SHAPES
@pytest.mark.parametrize("seed", range(3))
def test_error_is_near_the_next_singular_value(shape, seed):
    a = decaying(*shape, rate=0.95)  # flat: the hard case
    rest = torch.linalg.svdvals(a)[5]
    errors = []
    for niter, oversample in ((0, 0), (2, 0), (2, 10), (8, 10)):
        factors = truncated_svd(a, 5, niter=niter, oversample=oversample, seed=seed)
        errors.append(
            torch.linalg.matrix_norm(a - factors.t().t() @ torch.eye(shape[1]).double(), 2)
        )
    assert all(error >= rest - 1e-9 for error in errors)  # no rank 5 does better
    assert errors[0] > errors[1] > errors[3]
    assert errors[2] < 1.1 * rest
    assert errors[3] < 1.01 * rest


def test_layouts_agree():
    a = decaying(30, 20).where(torch.rand(30, 20) < 0.3, 0.0)
    matrix = sparse(a)
    where = matrix.pattern
    csr = csr_tensor(where.start.long(), where.column.long(), matrix.value, a.shape)
    dense = truncated_svd(a, 4)
    for other in (matrix, csr):
        for one, two in zip(
            vars(dense).values(), vars(truncated_svd(other, 4)).values(), strict=True
        ):
            torch.testing.assert_close(one, two)


def test_a_seed_repeats_and_leaves_the_global_generator_alone():
    a, state = decaying(30, 20), torch.get_rng_state()
    first, again, other = (truncated_svd(a, 3, niter=0, seed=s) for s in (1, 1, 2))
    assert torch.equal(first.u, again.u)
    assert not torch.allclose(first.s, other.s)
    assert torch.equal(state, torch.get_rng_state())


def test_rank_is_that_of_the_matrix_at_most():
    a = torch.randn(4, 3)
    factors = truncated_svd(a, 50)
    assert factors.u.shape == (4, 3)
    torch.testing.assert_close(factors @ torch.eye(3), a)
    assert truncated_svd(torch.zeros(0, 3), 2).shape == (0, 3)
    assert (truncated_svd(torch.zeros(3, 4), 2) @ torch.ones(4, 1)).tolist() == [[0.0]] * 3


def test_half_precision_is_widened_and_no_gradient_is_kept():
    a = torch.randn(6, 5, requires_grad=True)
    assert not truncated_svd(a, 2).u.requires_grad
    assert truncated_svd(a.detach().bfloat16(), 2).s.dtype == torch.float32


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"q": 0}, "q must be at least 1, got 0"),
        ({"niter": -1}, "niter must be at least 0, got -1"),
        ({"oversample": -1}, "oversample must be at least 0, got -1"),
        ({"seed": -1}, "seed must be at least 0, got -1"),
    ],
)
def test_bad_options_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        truncated_svd(torch.eye(3), **{"q": 2, **options})


def test_bad_matrices_are_named():
    with pytest.raises(TypeError, match=r"a must be a tensor \[rows, columns\], got 3"):
        truncated_svd(3, 2)
    with pytest.raises(TypeError, match="a must be dense, CSR or a SparseMatrix, got"):
        truncated_svd(torch.eye(3).to_sparse(), 2)
    with pytest.raises(ValueError, match="a must be finite"):
        truncated_svd(torch.full((2, 2), torch.nan), 1)


def test_autocast_changes_nothing():
    matrix = torch.randn(30, 20)
    expected = truncated_svd(matrix, 3)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = truncated_svd(matrix, 3)
        sparse = truncated_svd(gcn_adjacency(torch.tensor([[0, 1], [1, 0]]), 4), 2)
    for part in ("u", "s", "v"):
        assert torch.equal(getattr(found, part), getattr(expected, part))
        assert getattr(sparse, part).dtype == torch.float32
