import pytest
import torch
from support import recommenders as slow

from gcl.methods import SimGCL


def test_without_noise_the_step_is_the_formula():
    method = SimGCL(5, 7, 4, num_layers=2, noise=0.0, contrast_weight=0.6, regularization=0.3)
    final = slow.mean(slow.layers(*slow.tables(method), 2)[1:])  # the tables do not enter
    expected = slow.average(slow.bpr(final)) + 0.6 * slow.in_batch(final, final, 0.2)
    expected += 0.3 * slow.norms(final)
    assert method.step(slow.batch()).item() == pytest.approx(expected, rel=1e-4)
    torch.testing.assert_close(
        method.embed(slow.batch())["user"].double(), final[0], rtol=1e-5, atol=1e-6
    )


def test_noise_of_a_layer_goes_on_to_the_next(monkeypatch):
    method = SimGCL(5, 7, 4, num_layers=2, contrast_weight=1.0, regularization=0.0)
    shifts = iter([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8])  # users, items; two layers; two views
    monkeypatch.setattr("gcl.methods.sim_gcl.add_signed_noise", lambda x, _: x + next(shifts))
    tables, a = slow.tables(method), slow.adjacency()
    views = []
    for start in (0.1, 0.5):
        first = (a @ tables[1] + start, a.t() @ tables[0] + start + 0.1)
        second = (a @ first[1] + start + 0.2, a.t() @ first[0] + start + 0.3)
        views.append(slow.mean([first, second]))
    clean = slow.mean(slow.layers(*tables, 2)[1:])
    expected = slow.average(slow.bpr(clean)) + slow.in_batch(*views, 0.2)
    assert method.step(slow.batch()).item() == pytest.approx(expected, rel=1e-4)


def test_noise_has_the_asked_length():
    method = SimGCL(5, 7, 4, num_layers=1, noise=0.25)
    a = method.adjacency(slow.batch())
    (_, noisy), (_, clean) = method.noisy_layers(a), method.layers(a)
    distance = (noisy[0] - clean[0]).norm(dim=1)
    torch.testing.assert_close(distance, torch.full((5,), 0.25))


def test_bad_options_are_named():
    for options in ({"noise": -0.1}, {"contrast_weight": -1.0}, {"regularization": -1.0}):
        with pytest.raises(ValueError, match=f"{next(iter(options))} must be"):
            SimGCL(5, 7, 4, **options)
    with pytest.raises(ValueError, match="num_layers must be at least 1, got 0"):
        SimGCL(5, 7, 4, num_layers=0)
