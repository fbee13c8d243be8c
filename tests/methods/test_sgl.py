import pytest
import torch
from support import recommenders as slow

from gcl.methods import SGL


def dense(graph):
    return graph.items_of @ torch.eye(slow.ITEMS, dtype=torch.float64)


@pytest.mark.parametrize("view", ["edge", "node", "walk"])
def test_step_is_the_formula(view):
    method = SGL(5, 7, 4, num_layers=2, view=view, drop=0.3, contrast_weight=0.7)
    method.regularization = 0.2
    tables, batch = slow.tables(method), slow.batch()
    ends = []
    for graphs in method.views(method.adjacency(batch), 0):
        found = [tables]
        for graph in graphs:
            a = dense(graph)
            found.append((a @ found[-1][1], a.t() @ found[-1][0]))
        ends.append(slow.mean(found))
    contrast = sum(
        sum(slow.all_nodes(ends[0][k], ends[1][k], slow.DRAWN[k].tolist(), 0.2)) for k in (0, 1)
    )
    expected = sum(slow.bpr(slow.mean(slow.layers(*tables, 2)))) + 0.7 * contrast
    expected += 0.2 * sum(slow.squares(*tables))
    assert method.step(batch).item() == pytest.approx(expected, rel=1e-4)


def test_edges_lose_their_share_and_degrees_are_counted_anew():
    method, batch = SGL(5, 7, 4, drop=0.3), slow.batch()
    first, second = method.views(method.adjacency(batch), 0)
    for graphs in (first, second):
        kept = dense(graphs[0]).nonzero().t()
        assert kept.size(1) == 5  # floor(0.7 * 8)
        torch.testing.assert_close(dense(graphs[0]), slow.adjacency(kept), atol=1e-6, rtol=0)
        assert all(graph is graphs[0] for graph in graphs)


def test_nodes_lose_all_their_edges():
    method = SGL(5, 7, 4, view="node", drop=0.4)
    whole = slow.adjacency() > 0
    for epoch in range(5):
        (graph, *_), _ = method.views(method.adjacency(slow.batch()), epoch)
        left = dense(graph) > 0
        gone = whole & ~left
        rows, columns = ~left.any(1), ~left.any(0)
        assert torch.all(gone <= (rows[:, None] | columns[None]))
        assert rows.sum() >= 2  # floor(0.4 * 5) users


def test_a_walk_has_another_graph_in_each_layer():
    torch.manual_seed(0)
    method = SGL(5, 7, 4, num_layers=4, view="walk", drop=0.5)
    graphs, _ = method.views(method.adjacency(slow.batch()), 0)
    assert len({tuple(dense(g).flatten().tolist()) for g in graphs}) > 1


def test_views_stay_for_an_epoch_and_depend_on_it_alone():
    method, batch = SGL(5, 7, 4, drop=0.5), slow.batch()
    a = method.adjacency(batch)
    first = method.views(a, 0)
    assert method.views(a, 0) is first
    later = method.views(a, 1)
    again = SGL(5, 7, 4, drop=0.5).views(a, 1)
    for ours, theirs in zip(later, again, strict=True):
        assert torch.equal(dense(ours[0]), dense(theirs[0]))
    draws = [dense(view[0]) for view in (*first, *later)]
    assert any(not torch.equal(draws[0], other) for other in draws[1:])


def test_an_epoch_is_found_from_the_first_batch_or_given():
    method = SGL(5, 7, 4)
    for _ in range(3):
        method.step(slow.batch())
    assert int(method.epochs.length) == 2  # 8 interactions, 4 a batch
    assert int(SGL(5, 7, 4, steps_per_epoch=9).epochs.length) == 9


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"view": "path"}, "view must be one of edge, node, walk"),
        ({"drop": 1.0}, r"drop must be in \[0, 1\), got 1.0"),
        ({"view_seed": -1}, "view_seed must be at least 0"),
        ({"steps_per_epoch": 0}, "steps_per_epoch must be at least 1"),
        ({"temperature": -1.0}, "temperature must be"),
    ],
)
def test_bad_options_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        SGL(5, 7, 4, **options)
