import pytest
import torch

from gcl.encoders import MLP
from gcl.encoders.mlp import MLPLayer
from gcl.functional.sparse_features import compress


def features():
    return (torch.rand(40, 200) < 0.03).float()


@pytest.mark.parametrize("options", [{}, {"dropout": 0.5}, {"input_dropout": 0.5}, {"skip": True}])
def test_sparse_features_give_the_same_embeddings(options):
    encoder, x = MLP(200, 200, 64, **options).eval(), features()
    dense, sparse = encoder(x), encoder(compress(x))
    torch.testing.assert_close(sparse, dense)
    grads = [torch.autograd.grad(out.sum(), list(encoder.parameters())) for out in (sparse, dense)]
    torch.testing.assert_close(*grads)


def test_only_the_first_layer_meets_sparse_features(monkeypatch):
    calls, forward = [], MLPLayer.forward
    monkeypatch.setattr(
        MLPLayer, "forward", lambda self, x: calls.append(x.layout) or forward(self, x)
    )
    MLP(200, 100, 64)(compress(features()))
    assert calls == [torch.sparse_csr, torch.strided]


def test_who_gains_from_sparse_features():
    assert MLP(200, 64, 8).reads_sparse
    assert MLP(200, 64, 8, dropout=0.5, input_dropout=0.0).reads_sparse
    assert not MLP(200, 8, 64).reads_sparse
    assert not MLP(200, 64, 8, dropout=0.5).reads_sparse
    assert not MLP(200, 64, 8, skip=True).reads_sparse


def test_weights_are_those_of_linear_layers():
    encoder, x = MLP(5, 8, 6, activation="identity"), torch.randn(3, 5)
    first, second = encoder.layers
    expected = (x @ first.weight.t() + first.bias) @ second.weight.t() + second.bias
    torch.testing.assert_close(encoder(x), expected)
