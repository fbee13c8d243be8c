import pytest
import torch

from gcl.checks import NonFiniteError
from gcl.functional.top_items import top_items


def slow(user, item, k, seen):
    scores = (user @ item.t()).masked_fill(seen, -torch.inf)
    values, items = scores.sort(dim=1, descending=True, stable=True)
    values, items = values[:, :k], items[:, :k]
    return values, items.masked_fill(values == -torch.inf, -1)


@pytest.mark.parametrize("num_items", [1, 2, 7, 40, 101])
@pytest.mark.parametrize("k", [1, 3, 20, 101])
@pytest.mark.parametrize("block_size", [1, 4, None])
def test_equals_a_stable_sort_of_all_scores_with_many_ties(num_items, k, block_size):
    k = min(k, num_items)
    user = torch.randint(-1, 2, (9, 2)).float()
    item = torch.randint(-1, 2, (num_items, 2)).float()
    seen = torch.rand(9, num_items) < 0.4
    seen[3] = True
    found = top_items(user, item, k, exclude=seen.nonzero().t(), block_size=block_size)
    expected = slow(user, item, k, seen)
    assert torch.equal(found[0], expected[0])
    assert torch.equal(found[1], expected[1])


def test_equal_scores_come_in_the_order_of_items():
    items = top_items(torch.ones(2, 3), torch.ones(50, 3), 4)[1]
    assert items.tolist() == [[0, 1, 2, 3]] * 2


def test_some_users_in_any_order():
    user, item = torch.randn(6, 4), torch.randn(30, 4)
    exclude = torch.stack([torch.randint(6, (40,)), torch.randint(30, (40,))])
    everyone = top_items(user, item, 5, exclude=exclude)[1]
    some = torch.tensor([4, 0, 4])
    found = top_items(user, item, 5, exclude=exclude, users=some)[1]
    assert torch.equal(found, everyone[some])
    nobody = top_items(user, item, 5, users=some[:0])[1]
    assert nobody.shape == (0, 5)


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_precisions(dtype):
    user, item = torch.randn(4, 8).to(dtype), torch.randn(20, 8).to(dtype)
    values, items = top_items(user, item, 3)
    wide = torch.promote_types(dtype, torch.float32)
    assert values.dtype == wide
    expected = (user.to(wide) @ item.to(wide).t()).topk(3).indices
    assert torch.equal(items, expected)


def test_bad_input():
    user, item = torch.randn(3, 2), torch.randn(5, 2)
    with pytest.raises(ValueError, match="k must be at most 5, the number of items; got 6"):
        top_items(user, item, 6)
    with pytest.raises(ValueError, match="must agree in width"):
        top_items(user, item[:, :1], 1)
    with pytest.raises(NonFiniteError, match="item must be finite, got nan at row 1"):
        top_items(user, item.index_fill(0, torch.tensor([1]), torch.nan), 1)
    with pytest.raises(ValueError, match=r"exclude must hold items in \[0, 5\), got 5"):
        top_items(user, item, 1, exclude=torch.tensor([[0], [5]]))
    with pytest.raises(ValueError, match=r"users must lie in \[0, 3\)"):
        top_items(user, item, 1, users=torch.tensor([3]))
    with pytest.raises(TypeError, match="users must be an int64 vector"):
        top_items(user, item, 1, users=[0])
    with pytest.raises(ValueError, match="block_size must be at least 1"):
        top_items(user, item, 1, block_size=0)
