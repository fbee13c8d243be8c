import math

import pytest
import torch

from gcl.losses import CCASSG, ccassg


def test_identical_views_have_no_distance_and_a_trace_of_minus_d():
    z = torch.randn(9, 5, dtype=torch.float64)
    assert math.isclose(ccassg(z, z, decorrelation=0.0), -5 * 8 / 9, rel_tol=1e-9)
    assert ccassg(z, z, decorrelation=0.0, invariance="distance") == 0.0


def test_distance_is_twice_the_trace_up_to_a_constant():
    u, v = torch.randn(2, 7, 4, dtype=torch.float64)
    trace, distance = (
        ccassg(u, v, decorrelation=0.0, invariance=form) for form in ("trace", "distance")
    )
    assert torch.isclose(distance, 2 * 4 * 6 / 7 + 2 * trace)


def test_only_decorrelation_tells_redundant_columns():
    z = torch.randn(50, 1, dtype=torch.float64)
    twice, spread = z.expand(50, 2), torch.randn(50, 2, dtype=torch.float64)
    plain = [ccassg(x, x, decorrelation=0.0) for x in (twice, spread)]
    assert torch.isclose(*plain)
    assert ccassg(twice, twice, decorrelation=1.0) > ccassg(spread, spread, decorrelation=1.0) + 2


def test_bad_options_are_named():
    with pytest.raises(ValueError, match="decorrelation must be a finite number, 0 or above"):
        CCASSG(-0.1)
    with pytest.raises(ValueError, match="invariance must be one of trace, distance; got 'paper'"):
        CCASSG(invariance="paper")
    with pytest.raises(ValueError, match=r"z1 must have 2 rows or more.*\[1, 2\]"):
        ccassg(torch.ones(1, 2), torch.ones(1, 2))
