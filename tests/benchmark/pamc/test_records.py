"""Records of PamC's benchmark are complete, its figure is drawn, its fits are right."""

import json

import pytest

from gcl.benchmark import pamc
from gcl.benchmark.pamc import cost, growth, quality
from gcl.benchmark.pamc.inputs import of_dataset, synthetic
from gcl.benchmark.pamc.settle import settled


@pytest.fixture(autouse=True)
def _no_processes(monkeypatch):
    monkeypatch.setattr(cost, "peak_of", lambda *args: 5.0)
    monkeypatch.setattr(growth, "_peak_of", lambda side, n, clusters: 0.25 * n)


def test_losses_on_a_data_set():
    (record,) = cost.time_losses("karate", widths=(8,), repeats=1)
    assert (record["N"], record["D"]) == (34, 8)
    assert record["M"] > 156  # walks of four steps
    assert record["gradient_error"] < 1e-4
    for side in cost.SIDES[1:]:
        expected = record[f"{side}_seconds"] / record["pamc_seconds"]
        assert record[f"{side}_ratio"] == pytest.approx(expected)
        assert record[f"{side}_extra"] == 5.0


def test_steps_on_a_data_set():
    (record,) = cost.time_steps("karate", repeats=1)
    assert record["inference_seconds"] > 0
    assert record["D"] == 10
    assert all(record[f"{side}_seconds"] > 0 for side in cost.STEPS)


def test_steps_train_the_encoder():
    works = cost.step_work(of_dataset("karate", 1), 10)
    works["pamc"]()
    assert works["inference"]().shape == (34,)


def test_growth_ends_with_exponents(monkeypatch):
    monkeypatch.setitem(growth.MOST, "dense", 300)
    first, second, fit, larger = growth.time_growth((300, 600), clusters=(3,), repeats=1)
    assert first["dense_seconds"] > 0
    assert "dense_seconds" not in second
    assert second["pamc_3_seconds"] > 0
    assert fit["N"] == "exponent"
    assert float(fit["nt_xent_seconds"]) == float(fit["nt_xent_seconds"])
    assert fit["dense_seconds"] == larger["nt_xent_seconds"] == "-"


def test_exponents_are_slopes_over_all_sizes_and_over_the_larger_half():
    squares = [(n, 1e-9 * n**2 + 1e-4) for n in (10, 100, 10_000, 100_000)]
    points = {"a": squares, "b": [(10, 3.0), (100, 30.0)], "c": [(10, 3.0)]}
    both, larger = growth._exponents(points, "s")
    assert larger == {"N": "exponent, larger half", "a_s": "2.00", "b_s": "-", "c_s": "-"}
    assert both["b_s"] == "1.00"
    assert 1 < float(both["a_s"]) < 1.6  # small sizes cost next to nothing


def test_memory_ends_with_exponents():
    *records, fit, _ = growth.measure_memory((1000, 2000, 4000))
    assert records[0]["pamc_50_extra"] == 250.0
    assert records[0]["inputs"] == pytest.approx(1000 * 128 * 4 / 2**20)
    assert fit["pamc_50_extra"] == "1.00"


def test_tight_clusters_are_approximated_better():
    loose, tight = quality.tighten((1.0, 0.1), num_nodes=300)
    assert tight["inside_cosine"] > 0.95 > loose["inside_cosine"]
    assert tight["both_difference"] < 0.2 * loose["both_difference"]
    assert tight["both_gradient_cosine"] > 0.99
    assert tight["plain_gradient_cosine"] < tight["both_gradient_cosine"]


def test_sizes_matter_where_clusters_are_unbalanced():
    even, skewed = quality.unbalance((0.0, 2.0), num_nodes=300)
    assert even["largest_share"] == pytest.approx(0.1)
    assert skewed["largest_share"] > 0.6
    assert even["intra_gradient_cosine"] == pytest.approx(even["both_gradient_cosine"])
    assert skewed["intra_gradient_cosine"] < 0.5 < 0.95 < skewed["both_gradient_cosine"]


def test_run_writes_records_and_figure(monkeypatch, tmp_path):
    records = [{"N": n, "pamc_50_seconds": n / 1e6, "dense_seconds": 1.0} for n in (10, 100)]
    records.append({"N": "exponent", "pamc_50_seconds": "1.00"})
    monkeypatch.setitem(pamc.SUITES, "growth", lambda: iter(records))
    out = tmp_path / "pamc.json"
    content = pamc.run(("growth",), out=out)
    assert json.loads(out.read_text()) == content
    assert (tmp_path / "pamc.png").read_bytes().startswith(b"\x89PNG")


def test_settled_work_ran_once():
    calls = []
    work = settled(lambda: calls.append(1))
    work()
    assert len(calls) == 2


@pytest.mark.slow
def test_the_measured_processes_run(monkeypatch):
    monkeypatch.undo()
    assert 0 <= cost.peak_of("loss_work", "pamc", 8, "karate") < 60
    matrix = 2000**2 * 4 / 2**20
    assert growth._peak_of("dense", 2000, 10) > 2 * matrix
    assert growth._peak_of("pamc_10", 2000, 10) < matrix


def test_synthetic_sizes():
    assert synthetic(200, 10).num_nodes == 200
