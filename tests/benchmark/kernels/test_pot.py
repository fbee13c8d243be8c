"""The dense reference of POT is the released score; records of the benchmark are complete."""

import pytest
import torch
from torch import nn
from torch_geometric.utils import dropout_edge

from gcl.benchmark.kernels import pot
from gcl.benchmark.kernels.dense_pot import DensePOT
from gcl.datasets import load
from gcl.functional.compactness import Network, contrast_directions, fast_compactness
from gcl.regularizers.droppings import Droppings

DROPS = (0.4, 0.3)


@pytest.mark.parametrize(("activation", "slope"), [(nn.ReLU(), 0.0), (nn.PReLU(), 0.25)])
def test_the_dense_score_is_the_fast_one(activation, slope):
    data = load("karate")[0]
    model = DensePOT(data, 8, activation, DROPS, 0.5, 0.4)
    nn.init.normal_(model.first.bias)
    nn.init.normal_(model.second.bias)
    view = data.clone()
    view.edge_index, _ = dropout_edge(data.edge_index, p=0.4)
    z = torch.randn(34, 8)
    theirs = model.score(data.x, view.edge_index, z, *model.bounds[0])
    network = Network(
        model.second.lin.weight.t(), (model.first.bias, model.second.bias), (slope, slope)
    )
    (dropping,) = Droppings()(data, [view], pot.build("fast", data, "karate").augmenters[:1])
    s = data.x @ model.first.lin.weight.t()
    ours = fast_compactness(s, contrast_directions(z), network, dropping)
    torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("side", pot.SIDES)
def test_every_side_trains(side):
    data = pot.graph_of("karate")
    model = pot.build(side, data, "karate")
    pot.step_of(model, data)()
    weights = [p for name, p in model.named_parameters() if "weight" in name]
    assert all(w.grad is not None and w.grad.isfinite().all() for w in weights)


def test_sides_differ_by_the_regulariser_alone():
    data = pot.graph_of("karate")
    kinds = {side: getattr(pot.build(side, data, "karate"), "pot", None) for side in pot.SIDES[:3]}
    assert kinds["plain"] is None
    assert (kinds["exact"].mode, kinds["fast"].mode) == ("exact", "fast")
    assert not pot.build("dense_plain", data, "karate").bounds


def test_records_are_complete(monkeypatch):
    programs = []
    monkeypatch.setattr(pot, "extra_megabytes", lambda *code: programs.append(code) or 1.0)
    (record,) = pot.time_pot(datasets=("karate",), repeats=1)
    assert record["N"] == 34
    assert record["exact_added_ratio"] == record["exact_seconds"] / record["plain_seconds"] - 1
    assert record["dense_to_fast_ratio"] == record["dense_seconds"] / record["fast_seconds"]
    assert {f"{side}_extra" for side in pot.SIDES} <= set(record)
    for setup, again in programs:  # the code of the measured processes runs
        names = {}
        exec(setup, names)
        names["work"]()
        exec(again, names)
        names["work"]()
