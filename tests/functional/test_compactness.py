"""Node compactness: a valid bound, the formulas written out, and only as much of the graph."""

import math
from typing import NamedTuple

import pytest
import torch

from gcl.functional import gcn_adjacency
from gcl.functional.compactness import (
    Dropping,
    Network,
    contrast_directions,
    exact_compactness,
    fast_compactness,
)
from gcl.functional.dropped_edges import adjacency_bounds, most_lost

N, D1, D = 12, 6, 4
SLOPES = ((0.0, 0.0), (0.25, 0.25), (0.1, 1.4), (-0.3, 0.2))


class Case(NamedTuple):
    s: torch.Tensor
    w: torch.Tensor
    network: Network
    edge_index: torch.Tensor
    p: float

    @property
    def lost(self):
        return most_lost(self.edge_index, self.p, N)

    def dropping(self, edge_index=None):
        clean = gcn_adjacency(self.edge_index, N, dtype=torch.double)
        kept = self.edge_index if edge_index is None else edge_index
        view = gcn_adjacency(kept, N, dtype=torch.double)
        return Dropping(view, adjacency_bounds(clean.pattern, self.lost, torch.double), clean)

    def true_values(self, edge_index):
        """w_i . z_i of the network itself on the graph with these edges."""
        a = gcn_adjacency(edge_index, N, dtype=torch.double)
        weight, (b1, b2), (a1, a2) = self.network
        hidden = sigma(a @ self.s + b1, a1)
        return (self.w * sigma((a @ hidden) @ weight + b2, a2)).sum(1)

    def sample(self):
        """The edges left by a random dropping that takes at most q_i from each node i."""
        kept = torch.rand(self.edge_index.size(1)) > torch.rand(1)
        target = self.edge_index[1]
        for i, most in enumerate(self.lost.tolist()):
            gone = (~kept & (target == i)).nonzero().view(-1)
            kept[gone[torch.randperm(len(gone))][int(most) :]] = True
        return self.edge_index[:, kept]


def sigma(x, a):
    return torch.where(x > 0, x, a * x)


def make(slopes=(0.25, 0.25), seed=0, p=0.4):
    torch.manual_seed(seed)
    pairs = torch.triu_indices(N, N, 1)
    pairs = pairs[:, (torch.rand(pairs.size(1)) < 0.3) & (pairs[1] < N - 1)]  # the last is isolated
    edge_index = torch.cat([pairs, pairs.flip(0)], dim=1)
    s, z = torch.randn(N, D1).double(), torch.randn(N, D).double()
    network = Network(
        torch.randn(D1, D).double(), (torch.randn(D1).double(), torch.randn(D).double()), slopes
    )
    return Case(s, contrast_directions(z), network, edge_index, p)


def ends(a):
    """Dense upper and lower bounds of the adjacency."""
    eye = torch.eye(a.upper.pattern.shape[1], dtype=torch.double)
    return a.upper @ eye, torch.diag(a.lower.squeeze(1))


def product_bounds(upper, lower, x, b):
    """The released form: centre and radius."""
    centre, radius = (upper + lower) @ x / 2, (upper - lower) @ x.abs() / 2
    return centre - radius + b, centre + radius + b


def lines_of(low, high, a):
    """Slope, and the offset of the upper line, of one activation (a <= 1)."""
    if low >= 0:
        return 1.0, 0.0
    if high <= 0:
        return a, 0.0
    slope = (high - a * low) / (high - low)
    return slope, slope * (a - 1) * high * low / (high - a * low)


def dense_lines(low, high, a):
    lines = [lines_of(x, y, a) for x, y in zip(low.flatten(), high.flatten(), strict=True)]
    slope, offset = torch.tensor(lines, dtype=torch.double).t()
    return slope.view_as(low), offset.view_as(low)


def slow_exact(case, edge_index):
    """One root and one neighbour at a time."""
    dropping = case.dropping(edge_index)
    upper, lower = ends(dropping.bounds)
    view = dropping.view @ torch.eye(N, dtype=torch.double)
    weight, (b1, b2), (a1, a2) = case.network
    p1 = product_bounds(upper, lower, case.s, b1)
    h_low, h_high = (sigma(end, a1) for end in p1)
    up, down = weight.clamp(min=0), weight.clamp(max=0)
    s_low, s_high = h_low @ up + h_high @ down, h_high @ up + h_low @ down
    p2_low = upper @ s_low.clamp(max=0) + lower @ s_low.clamp(min=0) + b2
    p2_high = upper @ s_high.clamp(min=0) + lower @ s_high.clamp(max=0) + b2
    slope1, offset1 = dense_lines(*p1, a1)
    slope2, offset2 = dense_lines(p2_low, p2_high, a2)
    hidden = view @ case.s + b1
    out = torch.zeros(N, dtype=torch.double)
    for i in range(N):
        w2 = slope2[i] * case.w[i]
        v = weight @ w2
        out[i] = w2 @ b2 + (case.w[i].clamp(max=0) * offset2[i]).sum()
        for j in range(N):
            above = torch.where(v < 0, offset1[j], 0.0)
            out[i] += view[i, j] * (v * (slope1[j] * hidden[j] + above)).sum()
    return out


def slow_fast(case, edge_index, block=None):
    """The released computation, dense: every node has its own coefficients."""
    dropping = case.dropping(edge_index)
    upper, lower = ends(dropping.bounds)
    eye = torch.eye(N, dtype=torch.double)
    view, clean = dropping.view @ eye, dropping.clean @ eye
    weight, (b1, b2), (a1, a2) = case.network
    s2 = sigma(clean @ case.s + b1, a1) @ weight
    s, w = case.s, case.w
    if block is not None:
        s, s2, w = s[block], s2[block], w[block]
        upper, lower, view = (m[block][:, block] for m in (upper, lower, view))
    slope1, offset1 = dense_lines(*product_bounds(upper, lower, s, b1), a1)
    slope2, offset2 = dense_lines(*product_bounds(upper, lower, s2, b2), a2)
    w2 = slope2 * w
    v = w2 @ weight.t()
    own2 = torch.diag(w2 @ b2.expand_as(w2).t()) + (w.clamp(max=0) * offset2).sum(1)
    w1 = slope1 * v
    own1 = torch.diag(w1 @ b1.expand_as(w1).t()) + (v.clamp(max=0) * offset1).sum(1)
    return view @ (view @ (s * w1).sum(1) + own1) + own2


@pytest.mark.parametrize("slopes", SLOPES)
def test_the_exact_score_is_below_the_truth_for_all_sampled_droppings(slopes):
    checked = 0
    for seed in range(3):
        case = make(slopes, seed)
        assert case.lost.sum() > 0
        for _ in range(40):
            edge_index = case.sample()
            bound = exact_compactness(case.s, case.w, case.network, case.dropping(edge_index))
            gap = case.true_values(edge_index) - bound
            assert gap.min() > -1e-10
            checked += N
    assert checked == 1440
    assert gap.max() > 1e-3  # not met by equality throughout


def test_the_fast_score_is_no_bound():
    case = make()
    above = []
    for _ in range(50):
        edge_index = case.sample()
        fast = fast_compactness(case.s, case.w, case.network, case.dropping(edge_index))
        above.append((fast > case.true_values(edge_index)).double().mean())
    assert torch.stack(above).mean() > 0.2


@pytest.mark.parametrize("slopes", SLOPES[:2])
def test_both_scores_equal_their_formulas_written_out(slopes):
    case = make(slopes)
    edge_index = case.sample()
    given = (case.s, case.w, case.network, case.dropping(edge_index))
    torch.testing.assert_close(exact_compactness(*given), slow_exact(case, edge_index))
    torch.testing.assert_close(fast_compactness(*given), slow_fast(case, edge_index))


def test_without_uncertainty_the_bound_is_the_truth():
    case = make()
    network = case.network._replace(weight=case.network.weight.abs())
    network = network._replace(biases=tuple(b.abs() for b in network.biases))
    case = case._replace(s=case.s.abs(), network=network)  # no activation changes sign
    for _ in range(5):
        edge_index = case.sample()
        bound = exact_compactness(case.s, case.w, case.network, case.dropping(edge_index))
        torch.testing.assert_close(bound, case.true_values(edge_index))


@pytest.mark.parametrize("score", [exact_compactness, fast_compactness])
@pytest.mark.parametrize("slopes", SLOPES)
def test_gradients(score, slopes):
    case = make(slopes)
    dropping = case.dropping(case.sample())
    tensors = [case.s, case.w, case.network.weight, *case.network.biases]

    def call(s, w, weight, b1, b2):
        return score(s, w, Network(weight, (b1, b2), slopes), dropping)

    assert torch.autograd.gradcheck(call, [t.clone().requires_grad_() for t in tensors])


@pytest.mark.parametrize("roots", [[0, 3, 7], [11], [2], list(range(N))])
def test_roots_get_the_score_they_have_among_all(roots):
    case, roots = make(), torch.tensor(roots)
    dropping = case.dropping(case.sample())
    whole = exact_compactness(case.s, case.w, case.network, dropping)
    part = exact_compactness(case.s, case.w[roots], case.network, dropping, roots)
    torch.testing.assert_close(part, whole[roots])


def test_a_block_ignores_edges_to_other_nodes():
    case, block = make(), torch.tensor([0, 2, 3, 5, 8, 11])
    edge_index = case.sample()
    ours = fast_compactness(case.s, case.w[block], case.network, case.dropping(edge_index), block)
    torch.testing.assert_close(ours, slow_fast(case, edge_index, block))


def test_directions_compare_a_node_with_the_mean_of_the_others():
    z = torch.tensor([[3.0, 4.0], [0.0, 2.0], [-1.0, 0.0], [0.0, 0.0]])
    unit = [(0.6, 0.8), (0.0, 1.0), (-1.0, 0.0), (0.0, 0.0)]
    for i, w in enumerate(contrast_directions(z).tolist()):
        others = [u for j, u in enumerate(unit) if j != i]
        for k in range(2):
            assert math.isclose(w[k], unit[i][k] - sum(u[k] for u in others) / 3, abs_tol=1e-6)
    assert torch.equal(contrast_directions(z, torch.tensor([2, 0])), contrast_directions(z)[[2, 0]])
