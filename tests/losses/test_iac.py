import pytest
import torch

from gcl.losses import IAC, iac

EDGES = torch.tensor([[0, 1], [1, 0]])


def test_module_and_function_agree():
    z = torch.randn(3, 4)
    weight = torch.tensor([0.5, 2.0])
    loss = IAC(2, cumulative=False, scale=0.3)
    expected = iac(z, EDGES, weight, order=2, cumulative=False, scale=0.3)
    assert torch.equal(loss(z, EDGES, weight), expected)
    assert loss(z, EDGES) != expected


def test_value_by_hand():
    # Two joined nodes of cosine 1 and one alone, orthogonal to both: rows 1, 2 of the walk are
    # (1/2, 1/2, 0), row 3 is (0, 0, 1).
    z = torch.tensor([[1.0, 0], [2, 0], [0, 3]])
    e = torch.tensor(0.5).exp()
    rows = IAC(scale=0.5, reduction="none")(z, EDGES)
    joined = -((1 + e) / 2 / (2 + e)).log()
    torch.testing.assert_close(rows, torch.stack([joined, joined, torch.tensor(3.0).log()]))


def test_drawing_neighbours_together_lowers_it():
    near, far = torch.tensor([[1.0, 0], [1, 0], [0, 1]]), torch.tensor([[1.0, 0], [0, 1], [1, 0]])
    assert IAC()(near, EDGES) < IAC()(far, EDGES)


def test_the_influence_is_made_once_for_a_graph(monkeypatch):
    made = []
    loss = IAC()
    function = loss._pairs.function
    monkeypatch.setattr(loss._pairs, "function", lambda *a: made.append(1) or function(*a))
    for _ in range(3):
        loss(torch.randn(3, 2), EDGES)
    assert made == [1]
    loss(torch.randn(4, 2), EDGES)
    assert made == [1, 1]


def test_large_scale_does_not_overflow():
    z = torch.randn(50, 8, requires_grad=True)
    loss = IAC(scale=40.0)(z, torch.randint(50, (2, 80)))
    loss.backward()
    assert torch.isfinite(loss)
    assert torch.isfinite(z.grad).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"scale": 0.0}, "scale must be .* above 0, got 0"),
        ({"scale": 41.0}, "scale must be above 0 and at most 40, got 41"),
        ({"order": 0}, "order must be at least 1, got 0"),
        ({"precision": "low"}, "precision must be one of"),
    ],
)
def test_bad_options_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        IAC(**options)
    with pytest.raises(ValueError, match=message):
        iac(torch.randn(3, 2), EDGES, **options)


def test_edges_out_of_range_are_named():
    with pytest.raises(ValueError, match=r"edge_index must lie in \[0, 1\).*got 1"):
        IAC()(torch.randn(1, 2), EDGES)
