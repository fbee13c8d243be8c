import pytest
from support import recommenders as slow

from gcl.methods import XSimGCL


@pytest.mark.parametrize("layer", [1, 2])
def test_one_noisy_propagation_serves_ranking_and_contrast(layer, monkeypatch):
    options = {"num_layers": 2, "layer": layer, "contrast_weight": 0.6, "regularization": 0.3}
    method = XSimGCL(5, 7, 4, temperature=0.15, **options)
    shifts = iter([0.1, 0.2, 0.3, 0.4])  # as many draws as layers and kinds: no second pass
    monkeypatch.setattr("gcl.methods.sim_gcl.add_signed_noise", lambda x, _: x + next(shifts))
    tables, a = slow.tables(method), slow.adjacency()
    first = (a @ tables[1] + 0.1, a.t() @ tables[0] + 0.2)
    second = (a @ first[1] + 0.3, a.t() @ first[0] + 0.4)
    final = slow.mean([first, second])
    expected = slow.average(slow.bpr(final)) + 0.3 * slow.norms(final)
    expected += 0.6 * slow.in_batch(final, (first, second)[layer - 1], 0.15)
    assert method.step(slow.batch()).item() == pytest.approx(expected, rel=1e-4)
    assert next(shifts, None) is None


@pytest.mark.parametrize(
    ("layer", "message"),
    [(0, "layer must be at least 1"), (4, "layer must be at most num_layers=3, got 4")],
)
def test_bad_layer_is_named(layer, message):
    with pytest.raises(ValueError, match=message):
        XSimGCL(5, 7, 4, layer=layer)
