import math

import pytest
import torch

from gcl.evaluation import alignment_and_uniformity, effective_rank, mean_positive_rank


class TestAlignmentAndUniformity:
    def test_equals_its_loops(self):
        z1, z2 = torch.randn(2, 6, 3, dtype=torch.float64)
        u, v = (z / z.norm(dim=1, keepdim=True) for z in (z1, z2))
        close = sum(float((u[i] - v[i]).norm()) ** 1.5 for i in range(6)) / 6
        even = [
            math.log(
                sum(
                    math.exp(-3 * float((x[i] - x[j]).norm()) ** 2)
                    for i in range(6)
                    for j in range(6)
                    if i != j
                )
                / 30
            )
            for x in (u, v)
        ]
        result = alignment_and_uniformity(z1, z2, alpha=1.5, t=3.0, block_size=4)
        assert result.alignment == pytest.approx(close)
        assert result.uniformity == pytest.approx(sum(even) / 2)

    def test_collapse_is_zero(self):
        z = torch.ones(5, 3, requires_grad=True)
        assert alignment_and_uniformity(z, z) == pytest.approx((0, 0), abs=1e-5)

    def test_bad_input_is_named(self):
        with pytest.raises(ValueError, match="z must have 2 rows or more"):
            alignment_and_uniformity(torch.ones(1, 2), torch.ones(1, 2))
        with pytest.raises(ValueError, match="t must be a finite number above 0, got 0"):
            alignment_and_uniformity(torch.ones(2, 2), torch.ones(2, 2), t=0)


class TestEffectiveRank:
    def test_equal_directions_count_fully(self):
        assert effective_rank(5 * torch.eye(4)) == pytest.approx(4)
        assert effective_rank(torch.ones(7, 4)) == pytest.approx(1)
        assert effective_rank(torch.zeros(7, 4)) == 0

    def test_unequal_directions_count_in_part(self):
        p = torch.tensor([0.75, 0.25])
        expected = math.exp(-0.75 * math.log(0.75) - 0.25 * math.log(0.25))
        assert effective_rank(torch.diag(3 * p)) == pytest.approx(expected)

    def test_bad_input_is_named(self):
        with pytest.raises(ValueError, match=r"h must have rows and columns, got shape \[0, 3\]"):
            effective_rank(torch.ones(0, 3))


class TestMeanPositiveRank:
    def test_ranks_by_hand(self):
        u = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
        v = torch.tensor([[1.0, 0.2], [1.0, 0.0], [1.0, 0.9]])
        # row 0: v_1 is nearer; row 1: v_2 and v_0 are nearer; row 2: none is
        assert mean_positive_rank(u, v) == pytest.approx((2 + 3 + 1) / 3)
        assert mean_positive_rank(u, v, block_size=1) == pytest.approx(2)

    @pytest.mark.parametrize("value", [0.0, 0.1])
    def test_collapse_ranks_as_chance(self, value):
        z = torch.full((101, 7), value)
        assert mean_positive_rank(z, z) == 51

    def test_random_views_rank_as_chance(self):
        z1, z2 = torch.randn(2, 400, 16)
        assert mean_positive_rank(z1, z2) == pytest.approx(200.5, abs=20)

    def test_bad_input_is_named(self):
        with pytest.raises(ValueError, match="z1 and z2 must agree in shape"):
            mean_positive_rank(torch.ones(3, 2), torch.ones(2, 2))
