import pytest
import torch
from torch_geometric.data import Data

from gcl.loaders import NeighborLoader
from gcl.training.batch_shapes import neighbor_shape, part_shape


def test_expected_sizes_of_sampled_batches():
    torch.manual_seed(0)
    data = Data(x=torch.rand(400, 2), edge_index=torch.randint(400, (2, 3000)))
    degree = torch.bincount(data.edge_index[1], minlength=400)
    for counts in ([4, 3], [-1, -1], [2, 2, 2]):
        shape = neighbor_shape(degree, counts)
        loader = NeighborLoader(data, counts, 20, shuffle=True)
        batches = [b for _ in range(5) for b in loader]
        nodes = sum(b.num_nodes for b in batches) / len(batches)
        edges = sum(b.num_edges for b in batches) / len(batches)
        assert nodes <= shape(20)[0] * 1.02
        assert shape(20)[0] <= 1.3 * nodes
        assert edges <= shape(20)[1] * 1.05
        assert shape(20)[1] <= 1.3 * edges + 1
    assert shape(400)[0] <= 400


def test_parts_are_a_share():
    assert part_shape(1000, 5000, 10)(2) == pytest.approx((220, 1100))
    assert part_shape(1000, 5000, 10)(10) == (1000, 5000)
