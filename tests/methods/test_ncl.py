import math

import pytest
import torch
from support import recommenders as slow

from gcl.methods import NCL


def to_centres(table, cluster, centre, index, temperature):
    """The contrast of rows with the mean rows of all clusters, summed."""
    total = 0.0
    for b in index:
        logits = [float(torch.cosine_similarity(table[b], c, dim=0)) / temperature for c in centre]
        total += math.log(sum(math.exp(s) for s in logits)) - logits[cluster[b]]
    return total


def test_step_is_the_formula_with_and_without_prototypes():
    options = {"structure_weight": 0.1, "item_weight": 1.5, "prototype_weight": 0.2}
    method = NCL(5, 7, 4, num_clusters=2, warmup_epochs=1, regularization=0.3, **options)
    tables = slow.tables(method)
    pairs = slow.layers(*tables, 3)
    users, items = slow.DRAWN[0].tolist(), slow.DRAWN[1].tolist()
    expected = slow.average(slow.bpr(slow.mean(pairs))) + 0.3 * slow.table_norms(*tables)
    expected += 0.1 * sum(slow.all_nodes(pairs[2][0], tables[0], users, 0.1))
    expected += 0.1 * 1.5 * sum(slow.all_nodes(pairs[2][1], tables[1], items, 0.1))
    for _ in range(2):  # the first epoch: 8 interactions, 4 a batch
        assert method.step(slow.batch()).item() == pytest.approx(expected, rel=1e-4)
    ours = method.step(slow.batch()).item()
    for name, table, index in (("user", tables[0], users), ("item", tables[1], items)):
        cluster = getattr(method, f"{name}_cluster")
        centre = torch.stack([table[cluster == k].mean(0) for k in (0, 1)])
        expected += 0.2 * to_centres(table, cluster.tolist(), centre, index, 0.1)
    assert ours == pytest.approx(expected, rel=1e-4)


def test_centres_are_constant_and_renewed_once_in_a_while():
    method = NCL(5, 7, 4, num_clusters=2, warmup_epochs=0, cluster_every=2, prototype_weight=1.0)
    seen = []
    for _ in range(6):  # epochs 0, 0, 1, 1, 2, 2
        method.zero_grad()
        method.step(slow.batch()).backward()
        with torch.no_grad():
            method.user.sub_(method.user.grad)
        seen.append(method.user_centre.clone())
    assert all(torch.equal(seen[0], later) for later in seen[1:4])
    assert not torch.equal(seen[0], seen[4])
    assert not method.user_centre.requires_grad


def test_more_clusters_than_nodes_are_as_many_as_nodes():
    method = NCL(5, 7, 4, num_clusters=100, warmup_epochs=0)
    method.step(slow.batch()).backward()
    assert (len(method.user_centre), len(method.item_centre)) == (5, 7)


def test_bf16_is_close():
    losses = []
    for precision in ("highest", "bf16"):
        torch.manual_seed(0)
        method = NCL(5, 7, 16, structure_weight=0.1, precision=precision)
        losses.append(method.step(slow.batch()).item())
    assert losses[0] != losses[1]
    assert losses[0] == pytest.approx(losses[1], rel=1e-2)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"precision": "low"}, "precision must be one of"),
        ({"hops": 2}, "num_layers must be at least 2 hops = 4, got 3"),
        ({"num_clusters": 0}, "num_clusters must be at least 1"),
        ({"warmup_epochs": -1}, "warmup_epochs must be at least 0"),
        ({"cluster_every": 0}, "cluster_every must be at least 1"),
        ({"structure_weight": -1.0}, "structure_weight must be"),
    ],
)
def test_bad_options_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        NCL(5, 7, 4, **options)
