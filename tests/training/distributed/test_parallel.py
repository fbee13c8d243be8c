"""Parameters that a step does not use are found, and finding them leaves no trace."""

import torch
from torch import nn
from torch_geometric.data import Data

from gcl.methods import BGRL, GRACE
from gcl.training.distributed.parallel import unused_parameters

DATA = Data(x=torch.rand(4, 3), edge_index=torch.tensor([[0, 1, 2], [1, 2, 3]]))


class Partly(nn.Module):
    def __init__(self):
        super().__init__()
        self.used, self.spare = nn.Linear(3, 2), nn.Linear(3, 2)
        self.frozen = nn.Linear(3, 2).requires_grad_(False)
        self.register_buffer("steps", torch.tensor(0))

    def step(self, batch):
        self.steps += 1
        return self.used(torch.dropout(batch.x, 0.5, True)).relu().sum()


def test_unused_parameters_are_named():
    method = Partly()
    random = torch.get_rng_state()
    assert unused_parameters(method, DATA) == ["spare.weight", "spare.bias"]
    assert method.steps == 0
    assert torch.equal(torch.get_rng_state(), random)
    assert method.used.weight.grad is None


def test_methods_that_use_all_of_theirs():
    assert unused_parameters(GRACE(3, out_channels=4), DATA) == []
    method = BGRL(3, out_channels=4)
    before = {key: value.clone() for key, value in method.state_dict().items()}
    assert unused_parameters(method, DATA) == []
    assert all(torch.equal(value, before[key]) for key, value in method.state_dict().items())
