import networkx as nx
import pytest
import torch

from gcl.datasets import from_networkx, load


def named_graph() -> nx.Graph:
    graph = nx.Graph()
    graph.add_node("zoe", age=3.0, size=1, y="no")
    graph.add_node("adam", age=5.0, size=2, y="yes")
    graph.add_edge("adam", "zoe", weight=2.5)
    return graph


def test_graphml(tmp_path):
    nx.write_graphml(named_graph(), tmp_path / "g.graphml")
    data = load(tmp_path / "g.graphml", features=["age", "size"])[0]
    expected = from_networkx(named_graph(), features=["age", "size"])
    for key in ("x", "edge_index", "edge_weight", "y"):
        assert torch.equal(data[key], expected[key])
    with pytest.raises(ValueError, match=r"g.graphml: features must be given"):
        load(str(tmp_path / "g.graphml"))
    with pytest.raises(ValueError, match="directed=True would be ignored"):
        load(tmp_path / "g.graphml", directed=True)


def test_directed_graphml_says_so_itself(tmp_path):
    nx.write_graphml(nx.DiGraph([("a", "b")]), tmp_path / "g.graphml")
    assert load(tmp_path / "g.graphml")[0].edge_index.tolist() == [[0], [1]]


def test_truncated_graphml(tmp_path):
    nx.write_graphml(named_graph(), tmp_path / "g.graphml")
    text = (tmp_path / "g.graphml").read_text()
    (tmp_path / "g.graphml").write_text(text[: len(text) // 2])
    with pytest.raises(ValueError, match=r"g.graphml is no GraphML file: ParseError"):
        load(tmp_path / "g.graphml", features=["age"])


def test_edge_list_of_numbers_is_in_numeric_order(tmp_path):
    path = tmp_path / "g.edgelist"
    path.write_text("# comment\n10 2\n2 0\n")
    assert load(path)[0].edge_index.tolist() == [[0, 1, 1, 2], [1, 0, 2, 1]]
    assert load(path, directed=True)[0].edge_index.tolist() == [[1, 2], [0, 1]]


@pytest.mark.parametrize("header", ["", "source,target\n", "# of friends\n\nu v\n"])
def test_a_header_above_numbers_is_no_edge(tmp_path, header):
    path = tmp_path / "g.csv"
    path.write_text(header + "0,1\n1,2\n")
    data = load(path)[0]
    assert data.edge_index.tolist() == [[0, 1, 1, 2], [1, 0, 2, 1]]
    path.write_text("source,target\nzoe,adam\n")  # names all: as good an edge as the next
    assert load(path)[0].num_nodes == 4


def test_numbers_are_read_as_networkx_reads_them(tmp_path):
    path, words = tmp_path / "g.txt", tmp_path / "w.txt"
    lines = ["30 20 0.5", "20 20 2", "-7 30 1", "20 30 0.5"]
    path.write_text("\n".join(lines))
    graph = nx.parse_edgelist(lines, nodetype=int, data=[("weight", float)])
    expected = from_networkx(nx.relabel_nodes(graph, {-7: 0, 20: 1, 30: 2}))
    order = torch.tensor([list(graph).index(n) for n in (-7, 20, 30)])
    data = load(path)[0]
    assert data.num_nodes == 3
    dense = torch.zeros(3, 3)
    dense[tuple(data.edge_index)] = data.edge_weight
    other = torch.zeros(3, 3)
    other[tuple(expected.edge_index)] = expected.edge_weight
    assert torch.equal(dense, other[order][:, order])
    words.write_text("\n".join(line.replace("-7", "x") for line in lines))
    assert load(words)[0].num_edges == data.num_edges


def test_edge_list_of_names_is_in_order_of_appearance(tmp_path):
    path = tmp_path / "g.csv"
    path.write_text("zoe,adam,2\nadam,mia,3\n")
    data = load(path, features="constant")[0]
    assert data.edge_index.tolist() == [[0, 1, 1, 2], [1, 0, 2, 1]]
    assert data.edge_weight.tolist() == [2.0, 2.0, 3.0, 3.0]


@pytest.mark.parametrize("data", [True, False])
def test_edge_list_as_networkx_writes_it(tmp_path, data):
    graph = nx.Graph()
    graph.add_edge(0, 1, weight=2.5, kind="a, b")
    graph.add_edge(1, 2, weight=1.0, kind="c")
    nx.write_edgelist(graph, tmp_path / "g.edgelist", data=data)
    loaded = load(tmp_path / "g.edgelist")[0]
    assert loaded.edge_index.tolist() == [[0, 1, 1, 2], [1, 0, 2, 1]]
    assert ("edge_weight" in loaded) == data


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0 1\n1\n", r"line 2: expected 2 or 3 fields, as many on every line, got '1'"),
        ("0 1 2 3\n", r"line 1: expected 2 or 3 fields"),
        ("0 1 x\n", "x"),
        ("# nothing\n", "holds an empty graph"),
        ("0 1 1\n1 0 2\n", "is listed with several weights, 1.0 and 2.0"),
        ("0 1 nan\n", "weight must be finite"),
        ("0 1 1e40\n", "weight must be finite"),
    ],
)
def test_bad_edge_lists(tmp_path, text, message):
    (tmp_path / "g.txt").write_text(text)
    with pytest.raises(ValueError, match=message) as info:
        load(tmp_path / "g.txt")
    assert "g.txt" in str(info.value)


def test_binary_file_named_as_an_edge_list(tmp_path):
    (tmp_path / "g.txt").write_bytes(b"\xff\xfe\x00\x80")
    with pytest.raises(ValueError, match=r"g.txt is no text file"):
        load(tmp_path / "g.txt")
