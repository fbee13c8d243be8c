import json

import pytest
import torch
from torch_geometric.data import Data

from gcl.datasets import load
from gcl.evaluation import ViewDiagnostics
from gcl.methods import DGI, GRACE
from gcl.training import fit


class Mean(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.mean = torch.nn.Parameter(torch.zeros(2))

    def step(self, data):
        return (data.x + torch.randn(3, 2) - self.mean).square().mean()


DATA = Data(x=torch.ones(3, 2))


def norm(method):
    torch.rand(5)  # what is drawn here must not disturb training
    return {"norm": method.mean.norm()}


def test_numbers_are_logged_and_decide_nothing(tmp_path):
    plain = fit(Mean(), DATA, epochs=6, progress=False)
    logged = fit(Mean(), DATA, epochs=6, log=norm, log_every=2, out=tmp_path, progress=False)
    assert logged.losses == plain.losses
    assert sorted(logged.logged) == [2, 4, 6]
    rows = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    assert [row.get("norm") for row in rows][1::2] == [v["norm"] for v in logged.logged.values()]
    assert all("norm" not in row for row in rows[::2])


def test_a_resumed_run_keeps_what_was_logged(tmp_path):
    whole = fit(Mean(), DATA, epochs=4, log=norm, progress=False)
    fit(Mean(), DATA, epochs=2, log=norm, out=tmp_path, progress=False)
    rest = fit(Mean(), DATA, epochs=4, log=norm, out=tmp_path, resume=True, progress=False)
    assert rest.logged == whole.logged


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"log_every": 2}, ValueError, "log_every=2 would be ignored: there is no log"),
        ({"log": 3}, TypeError, "log must be a function of the method, got 3"),
        ({"log": norm, "log_every": 9}, ValueError, "log_every must be at most epochs=4, got 9"),
        ({"log": lambda m: 3.0}, TypeError, "log must return numbers by name, got 3.0"),
        ({"log": lambda m: {"loss": 1.0}}, ValueError, "must not use the names .*got 'loss'"),
        ({"log": lambda m: {"a": "x"}}, TypeError, "log must return numbers by name"),
    ],
)
def test_bad_logs_are_named(options, error, message):
    with pytest.raises(error, match=message):
        fit(Mean(), DATA, epochs=4, progress=False, **options)


def test_diagnostics_of_a_method_in_training():
    data = load("karate")[0]
    method = GRACE(data.num_features, out_channels=8)
    result = fit(method, data, epochs=3, log=ViewDiagnostics(data), progress=False)
    last = result.logged[3]
    assert set(last) == {"alignment", "uniformity", "positive_rank", "effective_rank"}
    assert 1 <= last["positive_rank"] <= 34
    assert 1 <= last["effective_rank"] <= 8
    assert method.training


def test_diagnostics_need_two_views():
    data = load("karate")[0]
    with pytest.raises(TypeError, match="method must have augmenters and project"):
        ViewDiagnostics(data)(DGI(data.num_features))
