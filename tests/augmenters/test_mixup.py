import pytest
import torch
from torch_geometric.data import Data

from gcl.augmenters import Mixup
from gcl.functional import mix_rows


def seeded(seed):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("options", [{}, {"alpha": 0.3}, {"lam": 0.8}])
def test_equals_its_functional_twin(path_graph, options):
    view = Mixup(**options, generator=seeded(2))(path_graph)
    assert torch.equal(view.x, mix_rows(path_graph.x, **options, generator=seeded(2))[0])
    assert torch.equal(view.edge_index, path_graph.edge_index)
    assert torch.equal(view.y, path_graph.y)


def test_mixtures_lie_between_the_features():
    x = torch.tensor([[0.0], [1.0], [5.0]])
    for seed in range(10):
        view = Mixup(generator=seeded(seed))(Data(x=x))
        assert (view.x >= 0).all()
        assert (view.x <= 5).all()


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match="alpha must be None beside lam=0.5"):
        Mixup(1.0, lam=0.5)
    with pytest.raises(ValueError, match="alpha must be a finite number above 0, got -1"):
        Mixup(-1)
    with pytest.raises(ValueError, match="lam must be a probability .* got 2"):
        Mixup(lam=2)
