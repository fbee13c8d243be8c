import pytest
import torch
from torch import nn

from gcl.encoders import PredictionHead, PReLU


def test_prediction_head_normalises_before_its_activation_on_request():
    names = [type(m).__name__ for m in PredictionHead(6, 8, norm="batch").net]
    assert names == ["Linear", "BatchNorm", "PReLU", "Linear"]
    assert [type(m) for m in PredictionHead(6, 8).net] == [nn.Linear, PReLU, nn.Linear]


def test_normalised_head_does_not_see_scale_and_shift():
    head, h = PredictionHead(6, 8, norm="batch"), torch.randn(50, 6)
    torch.testing.assert_close(head(h), head(1000 * h + 3), rtol=1e-3, atol=1e-3)


def test_unknown_norm_is_named():
    with pytest.raises(ValueError, match="norm must be one of batch, layer, graph; got 'bach'"):
        PredictionHead(6, 8, norm="bach")
