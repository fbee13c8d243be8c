import json

import pytest
import torch
from torch.nn.functional import normalize
from torch_geometric.data import Data

from gcl.datasets import load
from gcl.evaluation import ViewDiagnostics, spectral_view
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


def test_the_spectral_view_is_logged_on_request():
    data = load("karate")[0]
    log = ViewDiagnostics(data, positives=data.edge_index, temperature=0.7)
    method = GRACE(data.num_features, out_channels=8, edge_drop=(0.0, 0.0), feature_mask=(0.0, 0.0))
    last = fit(method, data, epochs=1, log=log, progress=False).logged[1]
    z = normalize(
        method.eval().project(data)[0], dim=1
    )  # nothing is dropped: the views are the graph
    expected = spectral_view(z, data.edge_index, temperature=0.7)
    for name, value in expected._asdict().items():
        assert last[f"spectral_{name}"] == pytest.approx(value, rel=1e-4, abs=1e-6)
    assert last["spectral_bound"] <= last["spectral_alignment"]


def test_a_temperature_without_positives_is_refused():
    with pytest.raises(ValueError, match=r"temperature=0\.7 would be ignored without positives"):
        ViewDiagnostics(load("karate")[0], temperature=0.7)


def test_diagnostics_need_two_views():
    data = load("karate")[0]
    with pytest.raises(TypeError, match="method must have project.data. -> .z1, z2., got"):
        ViewDiagnostics(data)(DGI(data.num_features))
