import torch
from torch import nn

from gcl.training.distributed import states


def test_seeds_differ_by_process_and_are_what_they_were(monkeypatch):
    seeds = []
    for rank in range(4):
        monkeypatch.setattr(states, "rank", lambda rank=rank: rank)
        seeds.append(states.own_seed(5))
        assert states.own_seed(5) == seeds[-1]
    assert seeds[0] == 5  # as in a single process
    assert len(set(seeds)) == 4
    assert all(0 <= seed < 2**32 for seed in seeds)


def test_one_process_has_no_others():
    assert states.others_random({}) == []
    layer = nn.Linear(2, 2)
    before = layer.weight.clone()
    states.same_state(layer)
    assert torch.equal(layer.weight, before)
