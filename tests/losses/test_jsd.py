import math

import pytest
import torch

from gcl.losses import JSD, jsd


def test_equal_scores_cost_two_log_two():
    z = torch.zeros(3, 2)
    assert math.isclose(jsd(z, z), 2 * math.log(2), rel_tol=1e-6)
    assert math.isclose(jsd(z, z) + JSD.OFFSET, 0.0, abs_tol=1e-6)


def test_is_symmetric():
    u, v = torch.randn(6, 3), torch.randn(6, 3)
    assert torch.isclose(jsd(u, v), jsd(v, u))


def test_one_row_has_no_negative():
    with pytest.raises(ValueError, match=r"z1 must have 2 rows or more.*\[1, 2\]"):
        jsd(torch.ones(1, 2), torch.ones(1, 2))
