import pytest
import torch
from torch_geometric.data import Data

from gcl.augmenters import AdaptiveEdgeDrop, AdaptiveFeatureMask, EdgeDrop, FeatureMask
from gcl.methods import ProGCL

EDGES = torch.tensor([[0, 1, 1, 2, 2, 3], [1, 0, 2, 1, 3, 2]])


@pytest.fixture
def graph():
    return Data(x=torch.rand(7, 8), edge_index=EDGES)


def test_plain_at_first_then_fitted_once(graph):
    method = ProGCL(8, out_channels=6, fit_at=3)
    calls, plain, odds = [], [], []
    for module, steps in ((method.true_negatives, calls), (method.loss, plain)):
        module.register_forward_pre_hook(lambda *_, to=steps: to.append(int(method.clock.steps)))
    for _ in range(5):
        method.step(graph).backward()
        odds.append(method.true_negatives.log_odds.tolist())
    assert (plain, calls) == ([1, 2], [3, 4, 5])
    assert odds[1] == [0, 0, 0]
    assert odds[1] != odds[2] == odds[4]


def test_the_mixture_is_part_of_the_state(graph):
    first, second = (ProGCL(8, out_channels=6, fit_at=1) for _ in range(2))
    first.step(graph)
    second.load_state_dict(first.state_dict())
    torch.manual_seed(4)
    expected = first.step(graph)
    torch.manual_seed(4)
    assert torch.equal(second.step(graph), expected)


def test_views_spare_what_is_central_unless_told_otherwise():
    def kinds(**options):
        return [[type(t) for t in view.transforms] for view in ProGCL(8, **options).augmenters]

    assert kinds() == [[AdaptiveFeatureMask, AdaptiveEdgeDrop]] * 2
    assert kinds(centrality="none") == [[EdgeDrop, FeatureMask]] * 2
    columns, edges = ProGCL(8, edge_drop=(0.1, 0.2), binary_features=False).augmenters[1].transforms
    assert (edges.p, edges.centrality.kind, columns.binary) == (0.2, "eigenvector", False)


def test_regulariser_gets_the_loss(graph):
    class Doubled(torch.nn.Module):
        def forward(self, loss, method, drawn):
            return 2 * loss + 0 * drawn.embeddings[0].sum()

    losses = []
    for pot in (None, Doubled()):
        torch.manual_seed(5)
        losses.append(ProGCL(8, out_channels=6, pot=pot).step(graph))
    torch.testing.assert_close(losses[1], 2 * losses[0])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"mode": "mixed"}, r"mode must be one of weight, mix; got 'mixed' \(did you mean mix"),
        ({"hardest": 3}, "hardest=3 would be ignored with mode='weight'"),
        ({"mode": "mix", "hardest": 0}, "hardest must be at least 1, got 0"),
        ({"fit_at": 0}, "fit_at must be at least 1, got 0"),
        ({"samples": 0}, "samples must be at least 1, got 0"),
        ({"prior": 1.5}, r"prior must be a probability in \[0, 1\], got 1.5"),
        ({"temperature": 0}, "temperature must be .* got 0"),
        ({"centrality": "closeness"}, "centrality must be one of degree"),
        (
            {"centrality": "none", "binary_features": True},
            "binary_features=True would be ignored: centrality is none",
        ),
        (
            {"centrality": "degree", "augmenters": (EdgeDrop(0.1), EdgeDrop(0.1))},
            "centrality would be ignored beside augmenters, got degree",
        ),
    ],
)
def test_bad_options_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        ProGCL(8, **options)
