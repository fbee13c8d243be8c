import pytest
import torch

from gcl.methods.feature_sketch import FeatureSketch


def test_both_share_their_projection():
    h1, h2 = torch.randn(9, 4), torch.randn(9, 4)
    wide = torch.cat([h1, torch.eye(9)], 1), torch.cat([h2, torch.zeros(9, 9)], 1)
    first, second = FeatureSketch(0.5)(*wide)
    p = first[:, 4:]  # what multiplied the identity
    assert p.shape == (4, 9)
    torch.testing.assert_close(first[:, :4], p @ h1)
    torch.testing.assert_close(second[:, :4], p @ h2)


@pytest.mark.parametrize("rho", [0.0, 0.6])
def test_projections_correlate_as_asked(rho):
    eye = torch.eye(2000)
    first, second = FeatureSketch(0.05, rho)(eye, eye)
    correlation = torch.corrcoef(torch.stack([first.flatten(), second.flatten()]))[0, 1]
    assert correlation.item() == pytest.approx(rho, abs=0.01)
    assert second.var().item() * 100 == pytest.approx(1, abs=0.02)


def test_number_of_rows_is_rounded_down_to_one_or_more():
    h = torch.randn(7, 2)
    assert [len(FeatureSketch(r)(h, h)[0]) for r in (0.01, 0.5, 1.0, 2.0)] == [1, 3, 7, 14]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"ratio": 0}, "ratio must be .* got 0"),
        ({"ratio": 1.0, "correlation": 2}, "correlation must be a probability .* got 2"),
    ],
)
def test_bad_options_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        FeatureSketch(**options)


def test_bad_embeddings_are_named():
    with pytest.raises(ValueError, match="h1 and h2 must agree in shape"):
        FeatureSketch(0.5)(torch.ones(3, 2), torch.ones(4, 2))
