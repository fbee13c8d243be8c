"""The streamed reductions against dense float64 references, in value and gradient."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils._python_dispatch import TorchDispatchMode

from gcl.functional import tiles
from gcl.functional.pairwise import row_logsumexp, row_sum, row_topk


@pytest.fixture
def three_threads(monkeypatch):
    """Tiles for three threads even of a few rows."""
    monkeypatch.setattr(tiles, "_FEWEST", 2)
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    yield
    torch.set_num_threads(before)


def dense_logsumexp(a, b, *, scale=1.0, exclude_diagonal=False):
    s = scale * (a @ b.t())
    if exclude_diagonal:
        s = s.masked_fill(torch.eye(*s.shape, dtype=torch.bool), -math.inf)
    return s.logsumexp(1)


def dense_sum(a, b, *, phi, scale=1.0, exclude_diagonal=False):
    s = scale * (a @ b.t())
    s = torch.nn.functional.softplus(s) if phi == "softplus" else s
    if exclude_diagonal:
        s = s.masked_fill(torch.eye(*s.shape, dtype=torch.bool), 0.0)
    return s.sum(1)


def value_and_gradients(f, weights, *inputs):
    out = f()
    return out, *torch.autograd.grad((out * weights[: len(out)]).sum(), inputs)


def assert_same(ours, theirs, tolerance):
    for x, y in zip(ours, theirs, strict=True):
        torch.testing.assert_close(x, y, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("magnitude", [0.5, 40.0], ids=["bounded", "needs the row maximum"])
@pytest.mark.parametrize("same", [True, False])
@pytest.mark.parametrize("exclude", [True, False])
@pytest.mark.parametrize("block", [1, 4, 7, None])
def test_logsumexp_equals_dense(magnitude, same, exclude, block):
    a = (torch.randn(11, 3, dtype=torch.float64) * magnitude).requires_grad_()
    b = a if same else torch.randn(9, 3, dtype=torch.float64).requires_grad_()
    scale = torch.tensor(1.7, dtype=torch.float64, requires_grad=True)
    inputs = (a, scale) if same else (a, b, scale)
    weights = torch.randn(11, dtype=torch.float64)
    options = {"scale": scale, "exclude_diagonal": exclude}
    ours = value_and_gradients(
        lambda: row_logsumexp(a, b, block_size=block, **options), weights, *inputs
    )
    theirs = value_and_gradients(lambda: dense_logsumexp(a, b, **options), weights, *inputs)
    assert_same(ours, theirs, 1e-9)


@pytest.mark.parametrize("magnitude", [0.5, 40.0], ids=["bounded", "needs the row maximum"])
@pytest.mark.parametrize("same", [True, False])
@pytest.mark.parametrize("weighted", [True, False])
def test_threads_give_the_values_and_gradients_of_one(three_threads, magnitude, same, weighted):
    a = (torch.randn(19, 3, dtype=torch.float64) * magnitude).requires_grad_()
    b = a if same else torch.randn(23, 3, dtype=torch.float64).requires_grad_()
    bias = torch.randn(len(b), dtype=torch.float64).requires_grad_() if weighted else None
    inputs = [x for x in (a, None if same else b, bias) if x is not None]
    weights = torch.randn(19, dtype=torch.float64)

    def ours():
        return row_logsumexp(a, b, col_bias=bias, exclude_diagonal=True, block_size=4)

    several = value_and_gradients(ours, weights, *inputs)
    torch.set_num_threads(1)
    assert_same(several, value_and_gradients(ours, weights, *inputs), 1e-12)


def test_threads_find_the_same_largest(three_threads):
    a, b = torch.randn(19, 3), torch.randn(23, 3)
    several = row_topk(a, b, 5, exclude_diagonal=True, block_size=4)
    torch.set_num_threads(1)
    alone = row_topk(a, b, 5, exclude_diagonal=True, block_size=4)
    torch.testing.assert_close(several, alone)  # indices exactly; products round as blocks are cut


@pytest.mark.parametrize("phi", ["softplus", "identity"])
@pytest.mark.parametrize("same", [True, False])
@pytest.mark.parametrize("exclude", [True, False])
def test_sum_equals_dense(phi, same, exclude):
    a = torch.randn(11, 3, dtype=torch.float64, requires_grad=True)
    b = a if same else torch.randn(9, 3, dtype=torch.float64, requires_grad=True)
    inputs = (a,) if same else (a, b)
    weights = torch.randn(11, dtype=torch.float64)
    options = {"phi": phi, "scale": 0.8, "exclude_diagonal": exclude}
    ours = value_and_gradients(lambda: row_sum(a, b, block_size=4, **options), weights, *inputs)
    theirs = value_and_gradients(lambda: dense_sum(a, b, **options), weights, *inputs)
    assert_same(ours, theirs, 1e-10)


@settings(max_examples=40, deadline=None)
@given(
    n=st.integers(0, 9),
    m=st.integers(0, 9),
    block=st.integers(1, 10),
    magnitude=st.floats(0.0, 100.0),
    exclude=st.booleans(),
    seed=st.integers(0, 1000),
)
def test_any_shape_equals_dense(n, m, block, magnitude, exclude, seed):
    rng = torch.Generator().manual_seed(seed)
    a = torch.randn(n, 4, generator=rng, dtype=torch.float64) * magnitude
    b = torch.randn(m, 4, generator=rng, dtype=torch.float64)
    ours = row_logsumexp(a, b, exclude_diagonal=exclude, block_size=block)
    theirs = dense_logsumexp(a, b, exclude_diagonal=exclude)
    torch.testing.assert_close(ours, theirs, rtol=1e-10, atol=1e-10)


def test_gradcheck():
    a = torch.randn(5, 2, dtype=torch.float64, requires_grad=True)
    b = torch.randn(4, 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x, y: row_logsumexp(x, y, block_size=2), (a, b))
    assert torch.autograd.gradcheck(
        lambda x: row_logsumexp(x, x, exclude_diagonal=True, block_size=2), (a,)
    )


def test_extreme_products_stay_finite():
    a = torch.tensor([[1e4, 0.0], [0.0, 1e-4], [-1e4, 0.0]], requires_grad=True)
    out = row_logsumexp(a, a.detach().clone())
    assert out.tolist() == pytest.approx([1e8, math.log(3), 1e8], rel=1e-6)
    out.sum().backward()
    assert torch.isfinite(a.grad).all()


@pytest.mark.parametrize("magnitude", [1.0, 30.0])
def test_row_without_candidates_is_minus_infinity_without_gradient(magnitude):
    a = torch.full((1, 2), magnitude, requires_grad=True)
    out = row_logsumexp(a, a, exclude_diagonal=True)
    assert out.tolist() == [-math.inf]
    out.backward(torch.ones(1))
    assert a.grad.tolist() == [[0.0, 0.0]]
    assert row_logsumexp(torch.ones(2, 3), torch.ones(0, 3)).tolist() == [-math.inf] * 2
    assert row_logsumexp(torch.ones(0, 3), torch.ones(2, 3)).shape == (0,)


def test_bf16_is_close_and_shift_is_consistent(products):
    z = torch.nn.functional.normalize(torch.randn(300, 32), dim=1)
    for scale, tolerance in ((2.5, 1e-2), (10.0, 5e-2)):
        exact = row_logsumexp(z, z, scale=scale)
        rough = row_logsumexp(z, z, scale=scale, precision="bf16")
        assert rough.dtype == torch.float32
        torch.testing.assert_close(rough, exact, rtol=0, atol=tolerance)
    far = 20 * z
    torch.testing.assert_close(
        row_logsumexp(far, far, precision="bf16"), row_logsumexp(far, far), rtol=1e-2, atol=0
    )


@pytest.mark.parametrize("length", [8.0, 20.0, 40.0])
def test_bf16_below_row_maxima_has_no_drift(products, length):
    z = length * torch.nn.functional.normalize(torch.randn(300, 32), dim=1)
    error = row_logsumexp(z, z, precision="bf16") - row_logsumexp(z, z)
    assert error.mean().abs() < 3e-4 * length**2  # of values near length^2
    assert error.abs().max() < 2**-8 * length**2  # both factors are rounded by up to 2^-9


def test_half_precision_inputs_are_computed_in_float32():
    z = torch.randn(20, 8).bfloat16().requires_grad_()
    out = row_logsumexp(z, z)
    assert out.dtype == torch.float32
    torch.testing.assert_close(out, row_logsumexp(z.detach().float(), z.detach().float()))
    out.sum().backward()
    assert z.grad.dtype == torch.bfloat16


def test_autocast_does_not_lower_the_precision():
    z = torch.randn(50, 16, requires_grad=True)
    expected = row_logsumexp(z, z)
    (gradient,) = torch.autograd.grad(expected.sum(), z)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        out = row_logsumexp(z, z)
        (again,) = torch.autograd.grad(out.sum(), z)
    assert torch.equal(out, expected)
    assert torch.equal(again, gradient)


def test_double_backward_is_refused():
    z = torch.randn(3, 2, requires_grad=True)
    (gradient,) = torch.autograd.grad(row_logsumexp(z, z).sum(), z, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        gradient.sum().backward()


class LargestTensor(TorchDispatchMode):
    """Remembers the size of the largest tensor that any operation returned."""

    numel = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        for tensor in out if isinstance(out, tuple | list) else (out,):
            if isinstance(tensor, torch.Tensor):
                self.numel = max(self.numel, tensor.numel())
        return out


@pytest.fixture
def one_thread():
    """Work in this thread: what other threads do is not seen from here."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.mark.parametrize("same", [True, False])
def test_no_tensor_grows_with_the_number_of_pairs(same, one_thread):
    a = torch.randn(3000, 4, requires_grad=True)
    b = a if same else torch.randn(3000, 4, requires_grad=True)
    with LargestTensor() as seen:
        row_logsumexp(a, b, block_size=128).sum().backward()
    assert 128 * 128 <= seen.numel < 3000 * 3000 // 400


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"a": torch.ones(3)}, ValueError, r"a must have 2 dimensions.*\[3\]"),
        ({"a": [[1.0, 2.0]]}, TypeError, "a must be a tensor.*list"),
        ({"b": torch.ones(3, 2, dtype=torch.long)}, TypeError, "b must have a floating-point"),
        ({"b": torch.ones(3, 5)}, ValueError, r"a and b must agree in width.*\[3, 5\]"),
        ({"b": torch.ones(3, 2).double()}, ValueError, "must agree in width, dtype"),
        ({"a": torch.tensor([[0.0, math.nan]])}, ValueError, "a must be finite, got nan at row 0"),
        ({"scale": 0.0}, ValueError, "scale must be a finite number above 0, got 0.0"),
        ({"scale": "x"}, TypeError, "scale must be a number, got 'x'"),
        ({"block_size": 0}, ValueError, "block_size must be at least 1, got 0"),
        ({"precision": "fp8"}, ValueError, "precision must be one of highest, bf16; got 'fp8'"),
    ],
)
def test_bad_input_is_named(change, error, message):
    options = {"a": torch.ones(4, 2), "b": torch.ones(3, 2)} | change
    with pytest.raises(error, match=message):
        row_logsumexp(options.pop("a"), options.pop("b"), **options)


def test_unknown_phi_is_named():
    with pytest.raises(ValueError, match="phi must be one of softplus, identity, relu.*got 'tanh'"):
        row_sum(torch.ones(2, 2), torch.ones(2, 2), phi="tanh")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_cuda_equals_cpu():
    z = torch.randn(500, 16, dtype=torch.float64)
    out = row_logsumexp(z.cuda(), z.cuda(), block_size=64)
    torch.testing.assert_close(out.cpu(), row_logsumexp(z, z))


def dense_scores(a, b, scale, row_bias, col_bias, groups):
    s = scale * (a @ b.t())
    if row_bias is not None:
        s = s + row_bias[:, None]
    if col_bias is not None:
        s = s + col_bias[None]
    if groups is not None:
        table, rows, cols = groups
        s = s + table[rows][:, cols]
    return s


@pytest.mark.parametrize("same", [True, False])
@pytest.mark.parametrize("spread", [0.5, 60.0], ids=["bounded", "wide"])
@pytest.mark.parametrize("biases", ["row", "col", "group", "row col group"])
def test_biases_equal_dense(same, spread, biases):
    a = torch.randn(9, 3, dtype=torch.float64, requires_grad=True)
    b = a if same else torch.randn(7, 3, dtype=torch.float64, requires_grad=True)
    n, m = len(a), len(b)
    make = lambda *shape: (spread * torch.randn(*shape).double()).requires_grad_()  # noqa: E731
    row_bias = make(n) if "row" in biases else None
    col_bias = make(m) if "col" in biases else None
    table = make(4, 2) if "group" in biases else None
    groups = None if table is None else (table, torch.arange(n) % 4, torch.arange(m) % 2)
    inputs = [t for t in (a, None if same else b, row_bias, col_bias, table) if t is not None]
    weights = torch.randn(n, dtype=torch.float64)
    for diagonal in (0, 2):
        ours = value_and_gradients(
            lambda d=diagonal: row_logsumexp(
                a,
                b,
                scale=1.3,
                row_bias=row_bias,
                col_bias=col_bias,
                group_bias=groups,
                exclude_diagonal=True,
                diagonal=d,
                block_size=4,
            ),
            weights,
            *inputs,
        )
        s = dense_scores(a, b, 1.3, row_bias, col_bias, groups)
        off = torch.zeros(n, m, dtype=torch.bool)
        off.diagonal(diagonal).fill_(True)
        theirs = value_and_gradients(
            lambda s=s, off=off: s.masked_fill(off, -math.inf).logsumexp(1), weights, *inputs
        )
        assert_same(ours, theirs, 1e-9)


@pytest.mark.parametrize("phi", ["relu", "square", "exp", "softplus"])
@pytest.mark.parametrize("same", [True, False])
def test_weighted_and_biased_sums_equal_dense(phi, same):
    functions = {"relu": torch.relu, "square": torch.square, "exp": torch.exp}
    functions["softplus"] = torch.nn.functional.softplus
    a = torch.randn(9, 3, dtype=torch.float64, requires_grad=True)
    b = a if same else torch.randn(7, 3, dtype=torch.float64, requires_grad=True)
    row_bias = torch.randn(9, dtype=torch.float64, requires_grad=True)
    weight = torch.rand(len(b), dtype=torch.float64, requires_grad=phi == "exp")
    inputs = [a, *([] if same else [b]), row_bias, *([weight] if phi == "exp" else [])]
    upstream = torch.randn(9, dtype=torch.float64)
    ours = value_and_gradients(
        lambda: row_sum(a, b, phi=phi, row_bias=row_bias, col_weight=weight, block_size=4),
        upstream,
        *inputs,
    )
    theirs = value_and_gradients(
        lambda: functions[phi](a @ b.t() + row_bias[:, None]) @ weight, upstream, *inputs
    )
    assert_same(ours, theirs, 1e-9)


def test_symmetric_weighted_sum_equals_dense():
    a = torch.randn(9, 3, dtype=torch.float64, requires_grad=True)
    bias = torch.randn(9, dtype=torch.float64, requires_grad=True)
    upstream = torch.randn(9, dtype=torch.float64)
    ours = value_and_gradients(
        lambda: row_logsumexp(a, a, col_bias=bias, exclude_diagonal=True, block_size=4),
        upstream,
        a,
        bias,
    )
    s = (a @ a.t() + bias[None]).masked_fill(torch.eye(9).bool(), -math.inf)
    theirs = value_and_gradients(lambda: s.logsumexp(1), upstream, a, bias)
    assert_same(ours, theirs, 1e-10)


def test_weights_without_a_gradient_are_refused_in_backward():
    weight = torch.rand(4, requires_grad=True)
    out = row_sum(torch.ones(4, 2), torch.ones(4, 2), phi="softplus", col_weight=weight)
    with pytest.raises(RuntimeError, match="only weights of exponentials have a gradient"):
        out.sum().backward()


@settings(max_examples=30, deadline=None)
@given(
    n=st.integers(0, 8),
    m=st.integers(3, 9),
    k=st.integers(1, 2),
    block=st.integers(1, 10),
    exclude=st.booleans(),
)
def test_topk_equals_dense(n, m, k, block, exclude):
    a, b = torch.randn(n, 3, dtype=torch.float64), torch.randn(m, 3, dtype=torch.float64)
    values, index = row_topk(a, b, k, exclude_diagonal=exclude, block_size=block)
    s = a @ b.t()
    if exclude:
        s = s.masked_fill(torch.eye(n, m).bool(), -math.inf)
    expected = s.topk(k, dim=1)
    torch.testing.assert_close(values, expected.values)
    assert torch.equal(index, expected.indices)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"row_bias": torch.ones(3)}, ValueError, r"row_bias must have shape \[4\].*\[3\]"),
        ({"col_bias": torch.ones(4)}, ValueError, r"col_bias must have shape \[3\].*\[4\]"),
        ({"col_bias": [0.0] * 3}, TypeError, "col_bias must be a floating-point tensor"),
        ({"col_bias": torch.full((3,), math.nan)}, ValueError, "col_bias must be finite, got nan"),
        ({"group_bias": torch.ones(2, 2)}, TypeError, "group_bias must be a triple"),
        ({"diagonal": 1}, ValueError, "diagonal=1 would be ignored without exclude_diagonal"),
        (
            {"group_bias": (torch.ones(2, 2), torch.tensor([0, 1, 2, 0]), torch.zeros(3).long())},
            ValueError,
            r"row_group must lie in \[0, 2\).*got 2",
        ),
        (
            {"group_bias": (torch.ones(2, 2), torch.zeros(4).long(), torch.zeros(3))},
            TypeError,
            "col_group must be an integer tensor",
        ),
    ],
)
def test_bad_biases_are_named(options, error, message):
    with pytest.raises(error, match=message):
        row_logsumexp(torch.ones(4, 2), torch.ones(3, 2), **options)


@pytest.mark.parametrize("k", [3, 200, 1300])
def test_topk_by_whole_panels_and_by_parts(k):
    a, b = torch.randn(5, 3), torch.randn(1500, 3)
    values, index = row_topk(a, b, k)
    expected = (a @ b.t()).topk(k, dim=1)
    torch.testing.assert_close(values, expected.values)
    torch.testing.assert_close((a @ b.t()).gather(1, index), values)


def test_topk_of_a_function_of_the_products():
    a, b = torch.randn(6, 3), torch.randn(9, 3)
    values, index = row_topk(a, b, 4, phi="square", exclude_diagonal=True, block_size=4)
    s = (a @ b.t()).square().masked_fill(torch.eye(6, 9).bool(), -math.inf)
    torch.testing.assert_close(values, s.topk(4, dim=1).values)
    assert torch.equal(index, s.topk(4, dim=1).indices)
    with pytest.raises(ValueError, match="phi must be one of .*got 'cube'"):
        row_topk(a, b, 4, phi="cube")


def test_bad_k_is_named():
    with pytest.raises(ValueError, match="k must be at most 2, the candidates of a row; got 3"):
        row_topk(torch.ones(4, 2), torch.ones(3, 2), 3, exclude_diagonal=True)


def test_products_whose_rounding_an_exponential_would_feel_stay_finite():
    a, b = (torch.randn(50, 8) * 1e4).requires_grad_(), torch.randn(40, 8) * 1e5
    ours = row_logsumexp(a, b, exclude_diagonal=True)
    exact = (a.double() @ b.double().t()).masked_fill(torch.eye(50, 40).bool(), -torch.inf)
    torch.testing.assert_close(ours, exact.logsumexp(1).float())
    assert ours.dtype == torch.float32
    (grad,) = torch.autograd.grad(ours.sum(), a)
    torch.testing.assert_close(grad, exact.softmax(1).float() @ b)
