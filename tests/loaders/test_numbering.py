import torch

from gcl.loaders.numbering import Numbering


def test_numbers_by_first_appearance():
    numbers = Numbering(6, torch.device("cpu"))
    assert numbers.add(torch.tensor([4, 2, 4, 0, 2]), 0).tolist() == [4, 2, 0]
    assert numbers.add(torch.tensor([0, 5, 4, 5]), 3).tolist() == [5]
    assert numbers.place[torch.tensor([4, 2, 0, 5])].tolist() == [0, 1, 2, 3]
    assert numbers.place[[1, 3]].tolist() == [-1, -1]


def test_forgets():
    numbers = Numbering(3, torch.device("cpu"))
    numbers.clear(numbers.add(torch.tensor([2, 1]), 0))
    assert numbers.add(torch.tensor([1, 2]), 0).tolist() == [1, 2]
    assert numbers.add(torch.tensor([], dtype=torch.long), 2).tolist() == []
