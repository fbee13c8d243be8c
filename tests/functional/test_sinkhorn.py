import math

import pytest
import torch

from gcl.functional.sinkhorn import sinkhorn_codes


def test_rows_sum_to_one_and_columns_to_equal_shares():
    q = sinkhorn_codes(torch.randn(12, 4, dtype=torch.float64), epsilon=0.5, iterations=200)
    assert torch.allclose(q.sum(1), torch.ones(12, dtype=torch.float64))
    assert torch.allclose(q.sum(0), torch.full((4,), 3.0, dtype=torch.float64))


def test_one_round_on_paper():
    scores = torch.tensor([[2.0, 1.0], [1.0, 1.0]]).log()
    # Columns to 1: [2/3 1/2; 1/3 1/2], then rows to 1.
    expected = torch.tensor([[4 / 7, 3 / 7], [2 / 5, 3 / 5]])
    assert torch.allclose(sinkhorn_codes(scores, epsilon=1.0, iterations=1), expected)


def test_scores_of_any_size_are_safe_and_have_no_gradient():
    q = sinkhorn_codes((1e4 * torch.randn(6, 3)).requires_grad_())
    assert torch.isfinite(q).all()
    assert not q.requires_grad


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"epsilon": 0.0}, "epsilon must be a finite number above 0, got 0.0"),
        ({"iterations": 0}, "iterations must be at least 1, got 0"),
        ({"scores": torch.full((2, 2), math.nan)}, "scores must be finite, got nan"),
    ],
)
def test_bad_input_is_named(options, message):
    with pytest.raises(ValueError, match=message):
        sinkhorn_codes(**{"scores": torch.ones(2, 2)} | options)
