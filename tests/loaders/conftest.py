"""A small graph whose attributes tell their own index."""

import pytest
import torch
from torch_geometric.data import Data
from torch_geometric.utils import erdos_renyi_graph


@pytest.fixture
def directed_graph():
    """Every attribute tells its own index."""
    torch.manual_seed(1)
    edge_index = erdos_renyi_graph(40, 0.15, directed=True)
    count = edge_index.size(1)
    return Data(
        x=torch.arange(40.0).view(40, 1),
        edge_index=edge_index,
        edge_attr=torch.arange(float(count)).view(count, 1),
        y=torch.arange(40),
        train_mask=torch.arange(40) % 2 == 0,
        name="a graph",
    )
