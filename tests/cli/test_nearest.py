import pytest

from gcl.cli.nearest import did_you_mean

KNOWN = ["--seed", "--method", "--method.temperature", "--method.edge_drop", "--fit.epochs"]


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("--sed", " (did you mean --seed?)"),
        ("--method.temprature", " (did you mean --method.temperature?)"),
        ("--epochs", " (did you mean --fit.epochs?)"),
        ("--fit.temperature", " (did you mean --method.temperature?)"),
        ("--zzzzzzz", ""),
        ("--method.zzzzzzz", ""),
        ("", ""),
    ],
)
def test_hint(word, hint):
    assert did_you_mean(word, KNOWN) == hint
