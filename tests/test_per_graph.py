import copy
from weakref import ref

import torch

from gcl.per_graph import PerGraph


class Counted:
    def __init__(self):
        self.calls = 0

    def __call__(self, *tensors):
        self.calls += 1
        return sum(t.sum().item() for t in tensors)


def test_equal_content_is_computed_once():
    count = Counted()
    cached = PerGraph(count)
    a = torch.tensor([[0, 1], [1, 2]])
    assert [cached(a), cached(a.clone()), cached(a)] == [4, 4, 4]
    assert count.calls == 1


def test_another_graph_never_gets_the_first_ones_value():
    cached = PerGraph(Counted())
    a, b = torch.tensor([[0, 1], [1, 2]]), torch.tensor([[0, 1], [1, 3]])
    assert [cached(a), cached(b), cached(a)] == [4, 5, 4]


def test_change_in_place_is_noticed():
    cached, a = PerGraph(Counted()), torch.tensor([1, 2])
    assert cached(a) == 3
    a[0] = 5
    assert cached(a) == 7


def test_shape_and_dtype_belong_to_the_content():
    count = Counted()
    cached = PerGraph(count)
    for tensor in (torch.zeros(4), torch.zeros(2, 2), torch.zeros(2, dtype=torch.double)):
        cached(tensor)
    assert count.calls == 3
    assert cached(torch.zeros(2, 0)) == 0


def test_numbers_belong_to_the_content():
    count = Counted()
    cached = PerGraph(lambda edge_index, n: count(edge_index) + n)
    a = torch.tensor([1, 2])
    assert [cached(a, 5), cached(a, 6), cached(a.clone(), 5), cached(a, 5)] == [8, 9, 8, 8]
    assert count.calls == 2


def test_without_memory_only_the_last_tensors_are_recognised():
    count = Counted()
    cached, a = PerGraph(count, size=0), torch.tensor([1, 2])
    assert [cached(a), cached(a), cached(a[:]), cached(a)] == [3, 3, 3, 3]
    assert count.calls == 3
    a[0] = 5
    assert cached(a) == 7


def test_a_tensor_at_the_place_of_a_freed_one_is_another():
    cached = PerGraph(Counted())
    assert [cached(torch.tensor([i])) for i in range(20)] == list(range(20))


def test_the_oldest_is_forgotten():
    count = Counted()
    cached = PerGraph(count, size=2)
    for i in (0, 1, 2, 0):
        cached(torch.tensor([i]))
    assert count.calls == 4


def test_copies_start_empty_and_work():
    cached = PerGraph(torch.sum)
    cached(torch.ones(3))
    twin = copy.deepcopy(cached)
    assert not twin._values
    assert twin(torch.ones(3)) == 3


def test_an_argument_given_back_is_not_kept_alive():
    same = PerGraph(lambda x: x, size=0)
    x = torch.ones(2)
    watched = ref(x)
    assert same(x) is x
    del x
    assert watched() is None


def test_inference_mode_leaves_nothing_that_training_cannot_use():
    count = Counted()
    cached = PerGraph(lambda x: (count(x), x * 2)[1])
    a = torch.ones(3)
    with torch.inference_mode():
        assert not cached(a).is_inference()
        own = a + 0  # writing to it would leave no trace
        assert [cached(own).sum(), cached(own).sum()] == [6, 6]
    assert count.calls == 1
    w = torch.ones(3, requires_grad=True)
    (cached(own) * w).sum().backward()
    assert w.grad.tolist() == [2, 2, 2]
    with torch.inference_mode():
        own[0] = 5
        assert cached(own).tolist() == [10, 2, 2]


def test_gradients_reach_the_content_each_time():
    for size in (0, 4):
        cached, x = PerGraph(lambda x: x * 2, size=size), torch.ones(3)
        cached(x)  # without a gradient first
        x.requires_grad_()
        for _ in range(2):
            x.grad = None
            cached(x).sum().backward()
            assert x.grad.tolist() == [2, 2, 2]
        with torch.no_grad():
            assert cached(x) is cached(x)


def test_other_values_are_told_apart():
    cached = PerGraph(lambda options, x: options["p"] * x)
    x = torch.ones(1)
    assert [cached({"p": p}, x).item() for p in (1, 2, 2, 1)] == [1, 2, 2, 1]
