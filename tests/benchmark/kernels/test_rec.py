"""The references of the benchmark compute what the package computes."""

import pytest
import torch

from gcl.benchmark.kernels import rec
from gcl.functional.low_rank import LowRank


def gradients(model):
    tables = (model.table,) if hasattr(model, "table") else (model.user, model.item)
    return torch.cat([table.grad for table in tables])


@pytest.mark.parametrize("method", rec.METHODS)
def test_a_step_is_that_of_the_released_form(method):
    batch = rec.batch_of(rec.split_of("tiny"), 16)
    made = {side: make() for side, make in rec.models(batch, 8, method).items()}
    reference = made.pop("reference")
    expected = reference.step(batch)
    expected.backward()
    for side, ours in made.items():
        with torch.no_grad():
            for name, rows in (("user", slice(30)), ("item", slice(30, None))):
                whole = getattr(reference, "table", None)
                table = getattr(reference, name) if whole is None else whole[rows]
                getattr(ours, name).copy_(table)
        if method == "light_gcl":  # the decomposition is random: take the reference's
            (scaled, v), _ = reference.low
            s = scaled.norm(dim=0)
            view = LowRank(scaled / s, s, v)
            ours._view = lambda *content, view=view: view
        loss = ours.step(batch)
        loss.backward()
        close = 1e-5 if side == "fp32" else 1e-2
        torch.testing.assert_close(loss, expected, rtol=close, atol=0)
        error = (gradients(ours) - gradients(reference)).norm() / gradients(reference).norm()
        assert error < close


def test_records_hold_seconds_ratios_and_memory(monkeypatch):
    monkeypatch.setattr(rec, "extra_megabytes", lambda setup, again: 1.0)
    gcn, gcl = rec.time_recommenders(["tiny"], size=8, width=4, repeats=1)
    assert {"reference_seconds", "fp32_seconds", "fp32_ratio", "fp32_extra"} <= set(gcn)
    assert {"bf16_ratio", "bf16_extra"} <= set(gcl)
    (record,) = rec.time_preparations(["tiny"], width=4)
    assert {"svd_seconds", "ranking_seconds", "epoch_of_triplets_seconds"} <= set(record)
