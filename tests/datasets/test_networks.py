import networkx as nx
import pytest
import torch

from gcl.checks import OptionError
from gcl.datasets import from_networkx


def named_graph() -> nx.Graph:
    graph = nx.Graph()
    graph.add_node("zoe", age=3.0, size=1, y="no")
    graph.add_node("adam", age=5.0, size=2, y="yes")
    graph.add_node("mia", age=7.0, size=3, y="no")
    graph.add_edge("adam", "zoe", weight=2.5)
    return graph


def test_node_order_is_the_order_of_the_graph():
    data = from_networkx(named_graph(), features=["age", "size"])
    assert data.x.tolist() == [[3.0, 1.0], [5.0, 2.0], [7.0, 3.0]]
    assert data.y.tolist() == [0, 1, 0]
    assert data.edge_index.tolist() == [[0, 1], [1, 0]]
    assert data.edge_weight.tolist() == [2.5, 2.5]
    assert data.num_nodes == 3


def test_directed_graphs_loops_and_zero_weights():
    graph = nx.DiGraph()
    graph.add_weighted_edges_from([("a", "b", 0.0), ("b", "b", 3.0)])
    data = from_networkx(graph, features="constant")
    assert data.edge_index.tolist() == [[0, 1], [1, 1]]
    assert data.edge_weight.tolist() == [0.0, 3.0]
    undirected = from_networkx(nx.Graph([(0, 1), (1, 1)]))
    assert undirected.edge_index.tolist() == [[0, 1, 1], [1, 0, 1]]


def test_vector_attributes_become_several_columns():
    graph = nx.path_graph(2)
    nx.set_node_attributes(graph, {0: [1.0, 2.0], 1: [3.0, 4.0]}, "position")
    assert from_networkx(graph, features=["position"]).x.tolist() == [[1.0, 2.0], [3.0, 4.0]]


def test_attributes_are_not_passed_over_in_silence():
    with pytest.raises(ValueError, match=r"features must be given, .* attributes age, size"):
        from_networkx(named_graph())
    assert from_networkx(named_graph(), features="identity").x.tolist() == torch.eye(3).tolist()


def test_labels_by_name():
    data = from_networkx(named_graph(), features=["age"], labels="size")
    assert data.y.tolist() == [0, 1, 2]
    assert from_networkx(nx.path_graph(3)).y is None


def test_bad_graphs():
    with pytest.raises(TypeError, match="graph must be a networkx Graph or DiGraph, got 3"):
        from_networkx(3)
    with pytest.raises(TypeError, match="graph must be a networkx Graph or DiGraph"):
        from_networkx(nx.MultiGraph([(0, 1), (0, 1)]))
    with pytest.raises(ValueError, match="graph is empty"):
        from_networkx(nx.Graph())


def test_bad_attributes():
    graph = named_graph()
    graph.nodes["mia"]["height"] = 1.0
    with pytest.raises(ValueError, match="node attribute 'height' is missing on node 'zoe'"):
        from_networkx(graph, features=["height"])
    with pytest.raises(OptionError, match=r"got 'hight' \(did you mean height\?\); known: "):
        from_networkx(graph, features=["hight"])
    with pytest.raises(OptionError, match="unknown node attribute: got 'class'"):
        from_networkx(graph, features=["age"], labels="class")
    with pytest.raises(ValueError, match="node attribute 'y' cannot be a feature"):
        from_networkx(graph, features=["y"], labels="size")
    with pytest.raises(ValueError, match=r"features must be one of degree, .*got 'age'"):
        from_networkx(graph, features="age")
    with pytest.raises(ValueError, match="at least one node attribute"):
        from_networkx(graph, features=[])
    graph.add_edge("mia", "zoe")
    with pytest.raises(ValueError, match="weight must be on all 2 edges, got 1"):
        from_networkx(graph, features=["age"])
    graph.nodes["mia"]["age"] = float("nan")
    graph.edges["mia", "zoe"]["weight"] = 1.0
    with pytest.raises(ValueError, match="graph: x must be finite, got nan at row 2, column 0"):
        from_networkx(graph, features=["age"])


def test_labels_that_are_floats_are_whole_numbers_all_the_same():
    graph = nx.path_graph(4)
    nx.set_node_attributes(graph, dict(enumerate([0.0, 10.0, -1.0, 9.0])), "y")
    assert from_networkx(graph, features="degree").y.tolist() == [0, 2, -1, 1]
