import subprocess
import sys

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gcl.functional import mask_features, shuffle_rows
from gcl.functional.sparse_features import (
    as_matrix,
    compress,
    drop_out,
    mask_columns,
    stack_rows,
    take_rows,
)


def words(rows=50, columns=80, density=0.03, dtype=torch.float32):
    return (torch.rand(rows, columns) < density).to(dtype) * torch.rand(rows, columns, dtype=dtype)


@given(st.integers(1, 200), st.integers(1, 70), st.integers(0, 10_000))
def test_compressed_features_are_the_same_matrix(rows, columns, seed):
    torch.manual_seed(seed)
    x = words(rows, columns, 0.02)
    assert torch.equal(compress(x).to_dense(), x)


def test_layout_follows_the_density():
    assert compress(words()).layout == torch.sparse_csr
    assert compress(words(density=0.0)).layout == torch.sparse_csr
    dense = words(density=0.3)
    assert compress(dense) is dense


def test_not_a_number_is_an_entry():
    x = torch.zeros(30, 30)
    x[3, 5] = torch.nan
    assert compress(x).values().isnan().tolist() == [True]


@pytest.mark.parametrize(
    "x",
    [
        torch.zeros(0, 3),
        torch.zeros(3, 0),
        torch.zeros(3, 3, requires_grad=True),
        compress(torch.zeros(3, 3)),
        torch.zeros(3, 3, device="meta"),
    ],
    ids=["no rows", "no columns", "trained", "sparse", "elsewhere"],
)
def test_other_tensors_are_returned_as_they_are(x):
    assert compress(x) is x


def test_strides_do_not_matter():
    x = words(80, 50).t()
    assert torch.equal(compress(x).to_dense(), x)


def test_product_and_gradient_of_the_weight():
    x = words(dtype=torch.float64)
    w1 = torch.randn(80, 7, dtype=torch.float64, requires_grad=True)
    w2 = w1.detach().clone().requires_grad_()
    grad = torch.randn(50, 7, dtype=torch.float64)
    ours, theirs = as_matrix(compress(x)) @ w1, x @ w2
    torch.testing.assert_close(ours, theirs)
    ours.backward(grad)
    theirs.backward(grad)
    torch.testing.assert_close(w1.grad, w2.grad)


def test_masked_columns():
    x = torch.zeros(3, 40)
    x[0, 1], x[1, 2], x[2, 1] = 5.0, torch.nan, 7.0
    mask = torch.ones(40, dtype=torch.bool)
    mask[2] = False
    out = mask_columns(compress(x), mask)
    assert torch.equal(out.to_dense(), torch.where(mask, x, torch.zeros(())))
    assert compress(x).values()[1].isnan()  # the input stays


def test_masks_are_those_of_dense_features():
    x = words()
    for p in (0.0, 0.4, 1.0, torch.rand(80)):
        torch.manual_seed(5)
        dense, mask = mask_features(x, p)
        torch.manual_seed(5)
        sparse, same = mask_features(compress(x), p)
        assert torch.equal(mask, same)
        assert torch.equal(sparse.to_dense(), dense)


@pytest.mark.slow
def test_no_warning_reaches_the_user_and_no_filter_stays():
    code = """
import sys, warnings, torch
import gcl.functional
from gcl.functional.sparse_features import compress
before = list(warnings.filters)
compress(torch.zeros(30, 30))
assert warnings.filters == before
"""
    done = subprocess.run(
        [sys.executable, "-W", "error:Sparse CSR", "-c", code], capture_output=True
    )
    assert (done.returncode, done.stderr.decode()) == (0, "")


def test_rows_are_taken_from_either_layout():
    x = torch.randn(6, 5) * (torch.rand(6, 5) < 0.4)
    x[2] = 0.0
    index = torch.tensor([5, 2, 0, 0])
    taken = take_rows(x.to_sparse_csr(), index)
    assert taken.layout == torch.sparse_csr
    assert torch.equal(taken.to_dense(), x[index])
    assert torch.equal(take_rows(x, index), x[index])
    assert take_rows(x.to_sparse_csr(), index[:0]).shape == (0, 5)


def test_rows_are_stacked_in_either_layout():
    x, y = words(), words(9)
    assert torch.equal(stack_rows(compress(x), compress(y)).to_dense(), torch.cat([x, y]))
    assert torch.equal(stack_rows(x, y), torch.cat([x, y]))


def test_shuffled_rows_are_those_of_dense_features():
    x, batch = words(), torch.arange(50) % 3
    for own in (None, batch):
        torch.manual_seed(5)
        dense, perm = shuffle_rows(x, batch=own)
        torch.manual_seed(5)
        sparse, same = shuffle_rows(compress(x), batch=own)
        assert torch.equal(perm, same)
        assert torch.equal(sparse.to_dense(), dense)


def test_dropped_out_entries_are_gone_and_the_others_grow():
    x = torch.ones(200, 100)
    x[:, 5:] = 0
    for features in (x, compress(x)):
        out = drop_out(features, 0.25, training=True)
        values = out.to_dense()
        assert values[:, 5:].count_nonzero() == 0
        assert values.unique().tolist() == [0.0, pytest.approx(4 / 3)]
        assert abs(values[:, :5].mean().item() - 1) < 0.1
        assert torch.equal(drop_out(features, 0.25, training=False).to_dense(), x)
    assert out.layout == torch.sparse_csr
