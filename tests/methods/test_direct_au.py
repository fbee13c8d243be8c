import math

import pytest
from support import recommenders as slow

from gcl.methods import DirectAU


def uniformity(x):
    pairs = [(b, c) for b in range(len(x)) for c in range(len(x)) if b != c]
    return math.log(
        slow.average(math.exp(-2 * float((x[b] - x[c]).square().sum())) for b, c in pairs)
    )


@pytest.mark.parametrize("num_layers", [0, 2])
def test_step_is_the_formula_and_looks_at_no_negative(num_layers):
    method = DirectAU(5, 7, 4, num_layers=num_layers, gamma=1.7)
    user, item = slow.mean(slow.layers(*slow.tables(method), num_layers))
    u, v = (x / x.norm(dim=1, keepdim=True) for x in (user[slow.DRAWN[0]], item[slow.DRAWN[1]]))
    expected = slow.average(float(d) for d in (u - v).square().sum(1))
    expected += 1.7 * (uniformity(u) + uniformity(v)) / 2
    batch = slow.batch()
    assert method.step(batch).item() == pytest.approx(expected, rel=1e-4)
    batch.triplets = slow.DRAWN.clone()
    batch.triplets[2] = 1
    assert method.step(batch).item() == pytest.approx(expected, rel=1e-4)


def test_bad_weight_is_named():
    with pytest.raises(ValueError, match="gamma must be a finite number, 0 or above, got -1"):
        DirectAU(5, 7, 4, gamma=-1)


def test_a_batch_of_one_is_aligned_alone():
    method, batch = DirectAU(5, 7, 4, num_layers=0), slow.batch()
    batch.triplets = slow.DRAWN[:, :1]
    user, item = slow.tables(method)
    u, v = (x[i] / x[i].norm() for x, i in ((user, slow.DRAWN[0, 0]), (item, slow.DRAWN[1, 0])))
    assert method.step(batch).item() == pytest.approx(float((u - v).square().sum()), rel=1e-4)
