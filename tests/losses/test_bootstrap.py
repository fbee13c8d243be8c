import pytest
import torch

from gcl.losses import Bootstrap, bootstrap


def test_sign_and_range():
    q = torch.tensor([[2.0, 0.0], [2.0, 0.0], [2.0, 0.0], [0.0, 0.0]])
    y = torch.tensor([[1.0, 0.0], [0.0, 1.0], [-3.0, 0.0], [1.0, 0.0]])
    assert bootstrap(q, y, reduction="none").tolist() == [0.0, 2.0, 4.0, 2.0]


def test_is_the_squared_distance_of_unit_vectors():
    q, y = torch.randn(2, 6, 3)
    unit_q, unit_y = (x / x.norm(dim=1, keepdim=True) for x in (q, y))
    distance = (unit_q - unit_y).square().sum(1)
    torch.testing.assert_close(bootstrap(q, y, reduction="none"), distance)


def test_targets_get_no_gradient_and_predictions_the_exact_one():
    q, y = torch.randn(2, 5, 3, dtype=torch.float64)
    q.requires_grad_()
    assert torch.autograd.gradcheck(lambda q: Bootstrap()(q, y), q)
    leaf = y.clone().requires_grad_()
    Bootstrap()(q, leaf).backward()
    assert leaf.grad is None


def test_gradient_step_moves_predictions_to_targets():
    q, y = torch.randn(2, 5, 3)
    q.requires_grad_()
    (gradient,) = torch.autograd.grad(bootstrap(q, y), q)
    assert bootstrap(q - gradient, y) < bootstrap(q, y)


def test_errors_name_predictions_and_targets():
    with pytest.raises(ValueError, match="prediction and target must agree in shape"):
        bootstrap(torch.ones(3, 2), torch.ones(3, 4))


def test_pairs_say_which_rows_are_positives():
    q, y = torch.randn(2, 4, 3, dtype=torch.float64)
    q.requires_grad_()
    pairs = torch.tensor([[3, 0, 0, 3], [1, 0, 2, 3]])
    rows = bootstrap(q[pairs[0]], y[pairs[1]], reduction="none")
    torch.testing.assert_close(Bootstrap(reduction="none")(q, y, pairs), rows)
    torch.testing.assert_close(bootstrap(q, y, pairs=pairs), rows.mean())
    gradients = [
        torch.autograd.grad(loss, q, retain_graph=True)[0]
        for loss in (bootstrap(q, y, pairs=pairs), rows.mean())
    ]
    torch.testing.assert_close(*gradients)
    same = torch.arange(4).expand(2, -1)
    torch.testing.assert_close(bootstrap(q, y, pairs=same), bootstrap(q, y))


def test_bad_pairs_are_named():
    q = torch.ones(3, 2)
    with pytest.raises(ValueError, match=r"pairs must lie in \[0, 3\).*got 3"):
        bootstrap(q, q, pairs=torch.tensor([[0], [3]]))
    with pytest.raises(ValueError, match="pairs must hold at least one pair, got a tensor"):
        bootstrap(q, q, pairs=torch.empty(2, 0, dtype=torch.long))
