import pytest
import torch
from support import recommenders as slow

from gcl.methods import LightGCN


@pytest.mark.parametrize("num_layers", [0, 1, 3])
@pytest.mark.parametrize("readout", ["mean", "sum"])
def test_step_is_the_formula(num_layers, readout):
    method = LightGCN(5, 7, 4, num_layers=num_layers, readout=readout, regularization=0.3)
    tables = slow.tables(method)
    pairs = slow.layers(*tables, num_layers)
    final = slow.mean(pairs) if readout == "mean" else slow.total(pairs)
    expected = slow.average(slow.bpr(final)) + 0.3 * slow.average(slow.squares(*tables))
    assert method.step(slow.batch()).item() == pytest.approx(expected, rel=1e-5)
    h = method.embed(slow.batch())
    torch.testing.assert_close(h["user"].double(), final[0], rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(h["item"].double(), final[1], rtol=1e-5, atol=1e-6)


def test_dropout_is_for_training_alone():
    torch.manual_seed(0)
    method = LightGCN(5, 7, 4, dropout=0.5)
    steps = {method.step(slow.batch()).item() for _ in range(5)}
    assert len(steps) == 5
    h = method.embed(slow.batch())["user"]
    assert torch.equal(h, method.embed(slow.batch())["user"])
    final = slow.mean(slow.layers(*slow.tables(method), 3))
    torch.testing.assert_close(h.double(), final[0], rtol=1e-5, atol=1e-6)


def test_first_tables():
    torch.manual_seed(0)
    normal, xavier = LightGCN(400, 100, 50), LightGCN(400, 100, 50, init="xavier")
    assert normal.user.std().item() == pytest.approx(0.1, rel=0.05)
    assert xavier.item.abs().max() <= (6 / 150) ** 0.5


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"readout": "max"}, "readout must be one of mean, sum; got 'max'"),
        ({"dropout": 1.5}, "dropout must be a probability"),
        ({"regularization": -1.0}, "regularization must be"),
        ({"init": "zeros"}, "init must be one of"),
        ({"num_layers": -1}, "num_layers must be at least 0"),
    ],
)
def test_bad_options_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        LightGCN(5, 7, 4, **options)
