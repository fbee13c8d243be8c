"""The benchmark's references are right, its records complete, its memory probe honest."""

import json

import numpy as np
import pytest
import torch

from gcl.benchmark import kernels
from gcl.benchmark.kernels import loss, step
from gcl.benchmark.kernels.dense import dense_nt_xent, masked_nt_xent
from gcl.benchmark.kernels.loss import time_losses, views
from gcl.benchmark.kernels.memory import extra_megabytes
from gcl.benchmark.kernels.parts import prelu_sides, sum_sides, time_parts
from gcl.benchmark.kernels.probe import plain_path, time_probes
from gcl.benchmark.kernels.propagation import random_graph, time_propagation
from gcl.benchmark.kernels.report import as_table
from gcl.benchmark.kernels.step import DenseGRACE, time_steps
from gcl.benchmark.kernels.timing import compare
from gcl.datasets import load
from gcl.evaluation.probe import probe_path
from gcl.losses import nt_xent


@pytest.mark.parametrize("reference", [dense_nt_xent, masked_nt_xent])
def test_references_equal_the_streamed_loss(reference):
    z1, z2 = views(40, 8)
    expected = nt_xent(z1, z2, temperature=0.4)
    torch.testing.assert_close(reference(z1, z2, 0.4), expected)
    (ours,), (theirs,) = (torch.autograd.grad(f, z1) for f in (expected, reference(z1, z2, 0.4)))
    torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-6)


@pytest.fixture
def peaks(monkeypatch):
    """Peaks of memory as if measured; child processes take seconds to start."""
    found = {"dense": 900.0, "masked": 990.0, "ours": 30.0, "fp32": 20.0, "bf16": None}
    for module in (loss, step):
        monkeypatch.setattr(module, "_peak_of", lambda name, *args: found[name])
    return found


def test_records_of_losses_are_complete(peaks):
    (record,) = time_losses(sizes=(50,), widths=(8,), repeats=1)
    assert record["fp32_gradient_error"] < 1e-5
    assert record["bf16_gradient_error"] < 1e-2
    assert record["fp32_ratio"] == pytest.approx(record["dense_seconds"] / record["fp32_seconds"])
    assert record["fp32_share_of_gemm"] > 0
    assert record["bf16_share_of_gemm"] > 0


def test_peaks_are_recorded(peaks):
    (record,) = time_losses(sizes=(50,), widths=(8,), repeats=1)
    assert all(record[f"{name}_extra"] == peaks[name] for name in ("dense", "fp32", "bf16"))
    (record,) = loss.measure_memory(sizes=(128,), width=8, largest_dense=100)
    assert record == {
        "N": 128,
        "D": 8,
        "inputs": 2 * 128 * 8 * 4 / 2**20,
        "streamed_extra": 20.0,
        "streamed_beyond_gradients": 20.0 - 2 * 128 * 8 * 4 / 2**20,
    }


@pytest.mark.slow
def test_dense_forms_take_the_memory_that_streamed_ones_save():
    matrix = 2000**2 * 4 / 2**20
    assert loss._peak_of("dense", 2000, 16) > 4 * matrix
    assert loss._peak_of("fp32", 2000, 16) < 2 * matrix
    ours, dense = (step._peak_of(side, "digits", 16) for side in ("ours", "dense"))
    assert ours < 60 < dense  # 1,797 nodes: four matrices of 12 MiB and their gradients


def test_records_of_steps_and_propagation_are_complete(peaks):
    (record,) = time_steps(("karate",), width=8, repeats=1)
    assert record["dense_ratio"] == record["dense_seconds"] / record["ours_seconds"]
    assert record["masked_ratio"] == record["masked_seconds"] / record["ours_seconds"]
    assert all(record[f"{name}_extra"] == peaks[name] for name in ("ours", "dense", "masked"))
    first, second = time_propagation(("karate",), width=8, repeats=1, random_nodes=100)
    assert first["graph"] == "random, 100 nodes"
    assert (second["N"], second["M"]) == (34, 156)
    assert second["ratio"] == second["gather_scatter_seconds"] / second["ours_seconds"]


def test_parts_compute_what_they_are_timed_for():
    records = list(time_parts(600, repeats=1))
    assert [record["D"] for record in records] == [512, 512, 4, 10, 32, 64]
    assert all(r["ratio"] == r["plain_seconds"] / r["ours_seconds"] for r in records)
    ours, plain = (side() for side in sum_sides(600, 10).values())
    torch.testing.assert_close(ours, plain, rtol=0, atol=1e-3)
    for dtype in (torch.float32, torch.bfloat16):
        ours, plain = (side() for side in prelu_sides(50, 8, dtype).values())
        torch.testing.assert_close(ours, plain)


def test_both_sides_of_the_probe_find_one_optimum():
    features, embeddings = time_probes(("karate",), width=8, repeats=1)
    assert (features["rows"], features["N"], features["D"], features["K"]) == ("features", 3, 34, 3)
    assert embeddings["D"] == 8
    assert features["ratio"] == features["plain_seconds"] / features["ours_seconds"]
    rng = np.random.default_rng(0)
    y = np.arange(90) % 3
    x = rng.normal(size=(90, 6)) + np.eye(3, 6)[y]
    for ours, plain in zip(probe_path(x, y), plain_path(x, y, 1e-8), strict=True):
        logits = [probe.logits(x) - probe.logits(x)[:, :1] for probe in (ours, plain)]
        np.testing.assert_allclose(*logits, atol=5e-3)


def test_sides_take_turns():
    calls = []
    seconds = compare({"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}, repeats=2)
    assert "".join(calls) == "ab" + "abab"
    assert set(seconds) == {"a", "b"}


def test_memory_probe_sees_what_the_work_allocates():
    setup = "import numpy\ndef work(): numpy.ones(n * 131072).sum()\nn = 1"
    assert 60 < extra_megabytes(setup, "n = 64") < 80
    with pytest.raises(RuntimeError, match="division by zero"):
        extra_megabytes("def work(): pass", "1 / 0")


def test_memory_freed_before_the_work_does_not_hide_what_it_needs():
    setup = "n = 1\nwork = lambda: [bytearray(10_000) for _ in range(n)]"
    before = "n = 4_000; used = work(); last = bytearray(10_000); del used"
    assert 35 < extra_megabytes(setup, before) < 45


def test_reference_step_trains():
    data = load("karate")[0]
    for masks in (True, False):
        model = DenseGRACE(data.num_features, 8, 0.4, masks)
        loss = model.step(data)
        loss.backward()
        assert torch.isfinite(loss)
        assert model.first.lin.weight.grad is not None


def test_random_graph_is_undirected():
    data = random_graph(50, 100)
    assert data.is_undirected()
    assert data.num_nodes == 50


def test_run_collects_and_writes(monkeypatch, tmp_path):
    records = [{"N": 1, "ratio": 2.0}, {"N": 2, "x_extra": None}]
    monkeypatch.setitem(kernels.SUITES, "loss", lambda: iter(records))
    seen = []
    out = tmp_path / "kernels.json"
    content = kernels.run(("loss",), out=out, report=lambda *record: seen.append(record))
    assert seen == [("loss", record) for record in records]
    assert json.loads(out.read_text()) == content
    assert content["machine"]["threads"] >= 1
    assert as_table(content["loss"]) == (
        ["N", "ratio", "x extra"],
        [["1", "2.0x", "-"], ["2", "-", "out of memory"]],
    )
