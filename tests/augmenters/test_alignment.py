"""Which attributes follow nodes and edges, where length alone cannot tell."""

import numpy as np
import pytest
import torch
from torch_geometric.data import Batch, Data

from gcl.augmenters import EdgeAdd, EdgeDrop, NodeDrop
from gcl.augmenters.alignment import aligned_keys

RING = torch.tensor([[0, 1, 2], [1, 2, 0]])  # as many nodes as edges


def keys(data, kind):
    return set(aligned_keys(data, data._store, kind))


def test_lengths_tell_when_they_differ():
    data = Data(
        x=torch.ones(3, 2),
        edge_index=RING[:, :2],
        a=torch.ones(3),
        b=torch.ones(2),
        c=torch.ones(7),
        names=["u", "v", "w"],
        array=np.ones((2, 4)),
        scalar=3.5,
        zero_dim=torch.tensor(1.0),
    )
    assert keys(data, "node") == {"x", "a", "names"}
    assert keys(data, "edge") == {"edge_index", "b", "array"}


def test_names_tell_when_lengths_agree():
    data = Data(
        x=torch.ones(3, 2),
        edge_index=RING,
        edge_weight=torch.ones(3),
        e_id=torch.arange(3),
        n_id=torch.arange(3),
        y=torch.ones(3),
        train_mask=torch.ones(3),
        my_edge_thing=torch.ones(3),
        node_color=torch.ones(3),
    )
    assert keys(data, "node") == {"x", "n_id", "y", "train_mask", "node_color"}
    assert keys(data, "edge") == {"edge_index", "edge_weight", "e_id", "my_edge_thing"}


@pytest.mark.parametrize("augmenter", [EdgeDrop(), NodeDrop(), EdgeAdd(fill=0)])
def test_what_remains_ambiguous_is_an_error(augmenter):
    data = Data(x=torch.ones(3, 2), edge_index=RING, strength=torch.ones(3))
    with pytest.raises(ValueError, match="strength may belong to nodes or to edges.* 3 of each"):
        augmenter(data)


def test_slices_tell_in_a_batch():
    one = Data(x=torch.ones(3, 1), edge_index=RING[:, :1], s=torch.ones(1), t=torch.ones(3))
    two = Data(x=torch.ones(1, 1), edge_index=RING * 0, s=torch.ones(3), t=torch.ones(1))
    batch = Batch.from_data_list([one, two])  # 4 nodes and 4 edges in all
    assert keys(batch, "node") >= {"x", "t", "batch"}
    assert keys(batch, "edge") == {"edge_index", "s"}


def test_graph_labels_of_single_nodes_and_edges_stay():
    data = Data(x=torch.ones(1, 1), edge_index=torch.tensor([[0], [0]]), y=torch.tensor([7]))
    assert EdgeDrop(1.0)(data).y.tolist() == [7]
    assert NodeDrop(1.0)(data).y.tolist() == [7]
    batch = Batch.from_data_list([data, data])
    assert NodeDrop(1.0)(batch).y.tolist() == [7, 7]


def test_supervision_edges_stay():
    data = Data(x=torch.ones(5, 1), edge_index=RING, edge_label_index=RING, edge_label=RING[0])
    view = EdgeDrop(1.0)(data)
    assert view.num_edges == 0
    assert torch.equal(view.edge_label_index, RING)
    assert torch.equal(view.edge_label, RING[0])


def test_wrong_length_of_a_known_attribute():
    with pytest.raises(ValueError, match=r"edge_weight must have one entry per edge \(3\), got.*5"):
        EdgeDrop()(Data(x=torch.ones(4, 1), edge_index=RING, edge_weight=torch.ones(5)))
    data = Data(x=torch.ones(4, 1), edge_index=RING, pos=torch.ones(5, 3))
    with pytest.raises(ValueError, match=r"pos must have one entry per node \(4\)"):
        NodeDrop()(data)


def test_lists_in_a_batch_cannot_follow():
    graphs = [Data(x=torch.ones(2, 1), edge_index=RING[:, :1], names=["u", "v"])] * 2
    batch = Batch.from_data_list(graphs)
    with pytest.raises(TypeError, match="names must be a tensor in a Batch"):
        NodeDrop()(batch)
    assert EdgeDrop()(batch).names == [["u", "v"], ["u", "v"]]
