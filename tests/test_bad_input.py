"""Whatever is wrong with an argument, its name and its value are in the message."""

import inspect
import math
import re

import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from torch_geometric.data import Data

from gcl import augmenters, losses, methods
from gcl.encoders.build import ENCODERS
from gcl.evaluation import clustering, node_classification
from gcl.loaders import link_split, random_split
from gcl.registry import classes

fast = settings(max_examples=20, deadline=None)
numbers = st.floats(allow_nan=True, allow_infinity=True)
no_probability = numbers.filter(lambda p: not 0 <= p <= 1)
not_positive = numbers.filter(lambda t: not 0 < t < math.inf)
not_finite = st.sampled_from([math.nan, math.inf, -math.inf])
bad_nodes = st.integers(-(2**40), 2**40).filter(lambda i: not 0 <= i < 6)

NODES = methods.Method  # recommenders: tests/methods/test_recommender.py
METHODS = {n: c for n, c in classes(methods).items() if issubclass(c, NODES) and c is not NODES}
WITH_P = [c for c in classes(augmenters).values() if "p" in inspect.signature(c).parameters]
WITH_P.remove(augmenters.RandomChoice)  # takes a list of them
WITH_TEMPERATURE = [
    c for c in classes(losses).values() if "temperature" in inspect.signature(c).parameters
]
SIZES = [
    (c, name)
    for c in METHODS.values()
    for name in ("in_channels", "hidden_channels", "out_channels", "num_layers")
    if name in inspect.signature(c).parameters
]
TWO_VIEWS = [losses.InfoNCE, losses.NTXent, losses.JSD, losses.DCL, losses.BarlowTwins]
every_method = pytest.mark.parametrize("make", METHODS.values(), ids=METHODS)


def named(*parts):
    """A pattern that finds the parts in this order."""
    return ".*".join(re.escape(str(part)) for part in parts)


def required(cls):
    """Sizes for the arguments that a class has no default for."""
    found = inspect.signature(cls).parameters.values()
    return {p.name: 4 for p in found if p.default is p.empty}


def clusters(cls):
    """A number of clusters for a method that has to be given one."""
    found = inspect.signature(cls).parameters.get("num_clusters")
    return {"num_clusters": 3} if found is not None and found.default is None else {}


def graph():
    edge_index = torch.tensor([[0, 1, 2, 3, 4], [1, 2, 3, 4, 5]])
    return Data(x=torch.rand(6, 8), edge_index=edge_index, edge_weight=torch.rand(5))


@pytest.mark.parametrize("cls", WITH_P)
@given(p=no_probability)
@fast
def test_probability_of_an_augmenter(cls, p):
    with pytest.raises(ValueError, match=named("p must be a probability in [0, 1], got", p)):
        cls(p=p)


@pytest.mark.parametrize("cls", WITH_TEMPERATURE)
@given(temperature=not_positive)
@example(temperature=0.0)
@fast
def test_temperature_of_a_loss(cls, temperature):
    with pytest.raises(ValueError, match=named("temperature must be", "got", temperature)):
        cls(**required(cls), temperature=temperature)


@pytest.mark.parametrize("name", ["edge_drop", "feature_mask"])
@given(p=no_probability, place=st.integers(0, 1))
@fast
def test_rates_of_the_views(name, p, place):
    rates = (p, 0.1) if place == 0 else (0.1, p)
    with pytest.raises(ValueError, match=named(f"{name} must be a probability", "got", p)):
        methods.GRACE(8, **{name: rates})


@pytest.mark.parametrize(("make", "name"), SIZES)
@given(size=st.integers(max_value=0))
@fast
def test_sizes_of_a_method(make, name, size):
    known = inspect.signature(make).parameters
    value = (size,) if "tuple" in str(known[name].annotation) else size  # a width for each layer
    sizes = {"in_channels": 8, "num_layers": 2, name: value}
    with pytest.raises(ValueError, match=f"{name} must be at least 1, got {size}"):
        make(**{k: v for k, v in sizes.items() if k in known}, **clusters(make))


@pytest.mark.parametrize("cls", ENCODERS.values(), ids=ENCODERS)
@given(width=st.integers(1, 20).filter(lambda width: width != 8))
@fast
def test_width_of_the_features(cls, width):
    with pytest.raises(ValueError, match=f"x must have 8 columns, got {width}"):
        cls(8, 4, 4)(torch.rand(6, width), graph().edge_index)


@every_method
@given(bad=not_finite, row=st.integers(0, 5), column=st.integers(0, 7))
@fast
def test_one_entry_of_the_features(make, bad, row, column):
    data = graph()
    data.x[row, column] = bad
    method = make(8, out_channels=4, **clusters(make))
    for call in (method.step, method.embed):
        with pytest.raises(ValueError, match=f"x must be finite, got {bad} at row {row}, column"):
            call(data)


@every_method
@given(bad=not_finite, edge=st.integers(0, 4))
@fast
def test_one_edge_weight(make, bad, edge):
    data = graph()
    data.edge_weight[edge] = bad
    method = make(8, out_channels=4, **clusters(make))
    for call in (method.step, method.embed):
        with pytest.raises(
            ValueError, match=f"edge_weight must be finite, got {bad} at row {edge}"
        ):
            call(data)


@every_method
@given(bad=bad_nodes, end=st.integers(0, 1), edge=st.integers(0, 4))
@fast
def test_one_end_of_an_edge(make, bad, end, edge):
    data = graph()
    data.edge_index[end, edge] = bad
    method = make(8, out_channels=4, **clusters(make))
    for call in (method.step, method.embed):
        with pytest.raises(ValueError, match=named("edge_index must lie in [0, 6)", f"got {bad}")):
            call(data)


@pytest.mark.parametrize("cls", TWO_VIEWS)
@given(bad=not_finite, view=st.integers(0, 1), row=st.integers(0, 4), column=st.integers(0, 2))
@fast
def test_one_entry_of_a_view(cls, bad, view, row, column):
    views = [torch.randn(5, 3), torch.randn(5, 3)]
    views[view][row, column] = bad
    message = f"z{view + 1} must be finite, got {bad} at row {row}, column {column}"
    with pytest.raises(ValueError, match=message):
        cls()(*views)


@pytest.mark.parametrize("score", [node_classification, clustering])
@given(bad=not_finite, row=st.integers(0, 39))
@fast
def test_one_entry_of_the_embeddings(score, bad, row):
    h, y = torch.randn(40, 3), torch.arange(40) % 2
    h[row, 1] = bad
    with pytest.raises(ValueError, match=f"h must be finite, got {bad} at row {row}, column 1"):
        score(h, y)


@pytest.mark.parametrize("score", [node_classification, clustering])
@given(label=st.integers(-(2**40), -2), row=st.integers(0, 39))
@fast
def test_one_label(score, label, row):
    y = torch.arange(40) % 2
    y[row] = label
    with pytest.raises(ValueError, match=f"y must be -1 .*got {label}"):
        score(torch.randn(40, 3), y)


@given(share=numbers.filter(lambda s: not 0 < s < 1))
@fast
def test_shares_of_a_split(share):
    with pytest.raises(ValueError, match=named("train must be above 0", "got", share)):
        random_split(50, train=share)
    with pytest.raises(ValueError, match=named("test above 0", "got", share)):
        link_split(graph(), test=share)
