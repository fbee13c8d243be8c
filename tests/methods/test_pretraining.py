import pytest
import torch
from torch import nn
from torch_geometric.data import Data

from gcl.encoders import MLP
from gcl.methods.pretraining import Reconstruction


def test_reconstruction_is_the_mean_squared_error():
    encoder, x = MLP(3, 4, 2, 1, activate_last=False), torch.randn(5, 3)
    stage = Reconstruction(encoder, nn.Linear(2, 3))
    expected = (stage.decoder(encoder(x)) - x).square().mean()
    torch.testing.assert_close(stage.step(Data(x=x)), expected)


def test_features_that_are_not_finite_are_named():
    stage = Reconstruction(MLP(1, 1, 1, 1), nn.Linear(1, 1))
    with pytest.raises(ValueError, match="x must be finite, got inf at row 1"):
        stage.step(Data(x=torch.tensor([[0.0], [torch.inf]])))
