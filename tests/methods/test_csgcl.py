import math

import pytest
import torch
from torch.nn.functional import normalize
from torch_geometric.data import Data
from torch_geometric.transforms import Compose

from gcl.augmenters import CommunityEdgeDrop, CommunityFeatureMask, EdgeDrop, FeatureMask, NodeDrop
from gcl.augmenters import communities as module
from gcl.augmenters.communities import Communities
from gcl.functional import detect_communities
from gcl.losses import nt_xent
from gcl.methods import CSGCL

TRIANGLES = torch.tensor([[0, 1, 2, 3, 4, 5, 2], [1, 2, 0, 4, 5, 3, 3]])


@pytest.fixture
def graph():
    generator = torch.Generator().manual_seed(0)
    edge_index = torch.cat([TRIANGLES, TRIANGLES.flip(0)], dim=1)
    return Data(x=torch.rand(8, 5, generator=generator), edge_index=edge_index)


def team_up_loss(z1, z2, strength, gamma, temperature):
    """The loss as the paper's T(s) reads: pair by pair, in float64."""
    u, v = (normalize(z.detach().double()) for z in (z1, z2))
    c = strength.double().tolist()

    def raised(a, b, i, j):
        return ((a[i] @ b[j]).item() + gamma * (c[i] + c[j])) / temperature

    def one(a, b, i):
        n = range(len(a))
        same = sum(math.exp(raised(a, a, i, j)) for j in n if j != i)
        other = sum(math.exp(raised(a, b, i, j)) for j in n)
        return -math.log(math.exp(raised(a, b, i, i)) / (same + other))

    n = len(u)
    return sum(one(u, v, i) + one(v, u, i) for i in range(n)) / (2 * n)


def at_step(method, step):
    """The method as it is when the next step has this number."""
    method.clock.steps.fill_(step - 1)
    return method


def contrasted(method, graph, rows=slice(None)):
    """Random embeddings, their projections, and the method's loss of them."""
    size, dtype = method.encoder.out_channels, next(method.parameters()).dtype
    h1, h2 = torch.randn(2, graph.num_nodes, size, dtype=dtype).unbind()
    z1, z2 = method.head(h1[rows]), method.head(h2[rows])
    return z1, z2, method.contrast_in(z1, z2, graph, rows)


@pytest.mark.parametrize(("step", "gamma"), [(1, 0), (40, 0), (90, 0.5), (140, 1), (900, 3)])
def test_the_loss_is_the_papers_with_the_scheduled_coefficient(graph, step, gamma):
    method = CSGCL(5, out_channels=6, team_up_start=40, team_up_max=3, temperature=0.3)
    at_step(method, step).clock.tick()
    assert method.team_up == pytest.approx(gamma)
    z1, z2, loss = contrasted(method.double(), graph)
    strength = method.communities(graph.edge_index, 8).strength
    assert strength.min() == 0 < strength.max()
    expected = team_up_loss(z1, z2, strength, method.team_up, 0.3)
    assert loss.item() == pytest.approx(expected, rel=1e-9)


def test_before_the_start_the_step_is_graces(graph):
    method = CSGCL(5, out_channels=6, team_up_start=2, temperature=0.6)
    seen = []
    method.loss.register_forward_pre_hook(lambda _, args: seen.append(args))
    losses = [method.step(graph) for _ in range(4)]
    assert [len(args) for args in seen] == [2, 2, 3, 3]
    for args, loss in zip(seen[:2], losses, strict=False):
        torch.testing.assert_close(loss, nt_xent(*args, temperature=0.6))
    weights = [args[2].max().item() for args in seen[2:]]
    assert weights[1] == pytest.approx(2 * weights[0])


def test_the_schedule_goes_on_after_a_checkpoint(graph):
    first, second = (CSGCL(5, out_channels=6, team_up_start=3) for _ in range(2))
    for _ in range(7):
        first.step(graph)
    second.load_state_dict(first.state_dict())
    assert second.team_up == first.team_up == pytest.approx(0.04)


def test_communities_are_detected_once_for_views_and_loss(graph, monkeypatch):
    calls = []

    def counted(*args, **options):
        calls.append(options["method"])
        return detect_communities(*args, **options)

    monkeypatch.setattr(module, "detect_communities", counted)
    method = at_step(CSGCL(5, out_channels=6, communities="louvain"), 600)
    for _ in range(3):
        method.step(graph).backward()
    method.step(graph.clone())
    assert calls == ["louvain"]


def test_views_are_communal_with_their_rates_in_order():
    method = CSGCL(8, edge_drop=(0.1, 0.2), feature_mask=(0.3, 0.4))
    columns, edges = zip(*(view.transforms for view in method.augmenters), strict=True)
    assert all(type(t) is CommunityFeatureMask for t in columns)
    assert all(type(t) is CommunityEdgeDrop for t in edges)
    assert [t.p for t in columns] == [0.3, 0.4]
    assert [t.p for t in edges] == [0.1, 0.2]
    assert {id(t.communities) for t in (*columns, *edges)} == {id(method.communities)}


def test_strengths_are_those_of_the_contrasted_rows(graph):
    method = at_step(CSGCL(5, out_channels=6, team_up_start=0), 101)
    seen = []
    method.loss.register_forward_pre_hook(lambda _, args: seen.append(args))
    rows = torch.tensor([6, 2, 0])
    contrasted(method, graph, rows)
    strength = method.communities(graph.edge_index, 8).strength
    torch.testing.assert_close(seen[0][2], strength[rows] / 0.4)
    graph.batch_size = 4
    method.step(graph)
    assert [len(v) for v in seen[1]] == [4, 4, 4]


def test_a_partition_of_ones_own_and_views_that_lose_nodes(graph):
    own = torch.tensor([0, 0, 0, 1, 1, 1, -1, -1])
    views = (NodeDrop(0.4), EdgeDrop(0.2))
    for communities in (own, Communities(own)):
        method = CSGCL(5, out_channels=6, communities=communities, augmenters=views)
        for _ in range(5):
            loss = at_step(method, 600).step(graph)
            assert torch.isfinite(loss)


def test_bad_arguments(graph):
    views = (FeatureMask(0.1), Compose([EdgeDrop(0.1)]))
    with pytest.raises(ValueError, match="feature_mask would be ignored beside augmenters"):
        CSGCL(8, feature_mask=(0.1, 0.1), augmenters=views)
    with pytest.raises(ValueError, match="communities must be one of leiden"):
        CSGCL(8, communities="ledien")
    with pytest.raises(ValueError, match="team_up_start must be at least 0, got -1"):
        CSGCL(8, team_up_start=-1)
    with pytest.raises(ValueError, match=r"team_up_max must be a finite number, 0 or above.*-2"):
        CSGCL(8, team_up_max=-2)
    with pytest.raises(ValueError, match=r"communities must have shape \[8\], got.*\[3\]"):
        CSGCL(5, communities=torch.zeros(3, dtype=torch.long)).step(graph)
