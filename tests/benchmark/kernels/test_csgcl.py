"""The dense reference of CSGCL computes the method's loss, and records are complete."""

import pytest
import torch

from gcl.benchmark.kernels import csgcl
from gcl.benchmark.kernels.csgcl import build, dense_team_up, time_csgcl
from gcl.datasets import load
from gcl.losses import weighted_info_nce


def test_dense_loss_is_the_weighted_one_in_value_and_gradient():
    z1, z2 = (torch.randn(30, 6, dtype=torch.double, requires_grad=True) for _ in range(2))
    strength = torch.rand(30, dtype=torch.double)
    dense = dense_team_up(z1, z2, strength, 2.0, 0.3)
    ours = weighted_info_nce(z1, z2, 2.0 * strength / 0.3, temperature=0.3)
    torch.testing.assert_close(dense, ours)
    gradients = [torch.autograd.grad(loss, (z1, z2)) for loss in (dense, ours)]
    torch.testing.assert_close(*gradients)


def test_sides_are_one_model_at_a_coefficient_of_one():
    data = load("karate")[0]
    ours, dense = build("ours", data, 8), build("dense", data, 8)
    assert ours.team_up == 1
    assert build("bf16", data, 8).loss.options["precision"] == "bf16"
    sizes = [sorted(p.numel() for p in m.parameters()) for m in (ours, dense)]
    assert sizes[0] == sizes[1]
    for mask, drop, view in zip(dense.masks, dense.drops, ours.augmenters, strict=True):
        assert torch.equal(mask, view.transforms[0].mask_probability(data))
        assert torch.equal(drop, view.transforms[1].drop_probability(data))
    loss = dense.step(data)
    loss.backward()
    assert torch.isfinite(loss)


def test_records_are_complete(monkeypatch):
    peaks = {"ours": 30.0, "bf16": 20.0, "dense": None}
    monkeypatch.setattr(csgcl, "_peak_of", lambda side, *args: peaks[side])
    (record,) = time_csgcl(datasets=("karate",), width=8, repeats=1)
    assert record["ours_ratio"] == record["dense_seconds"] / record["ours_seconds"]
    assert record["bf16_ratio"] == record["dense_seconds"] / record["bf16_seconds"]
    assert record["preparation_seconds"] > 0
    assert all(record[f"{side}_extra"] == peak for side, peak in peaks.items())


@pytest.mark.slow
def test_the_measured_process_runs():
    assert 0 < csgcl._peak_of("ours", "karate", 8) < 60
