import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gcl.datasets import load


@pytest.fixture
def folder(tmp_path):
    """Nodes 0-1-2 in a path, node 3 isolated; two features; three labels."""
    path = tmp_path / "mine"
    path.mkdir()
    (path / "edges.csv").write_text("0,1\n1,2\n")
    np.save(path / "features.npy", np.arange(8.0).reshape(4, 2))
    (path / "labels.csv").write_text("b\na\nb\nc\n")
    return path


def test_folder_with_everything(folder):
    dataset = load(folder)
    data = dataset[0]
    assert data.edge_index.tolist() == [[0, 1, 1, 2], [1, 0, 2, 1]]
    assert torch.equal(data.x, torch.arange(8.0).view(4, 2))
    assert data.y.tolist() == [1, 0, 1, 2]
    assert dataset.num_classes == 3
    assert repr(dataset) == "GraphDataset('mine')"


def test_features_csv_with_header_equals_npy(folder):
    expected = load(folder)[0].x
    (folder / "features.npy").unlink()
    (folder / "features.csv").write_text("height,width\n0,1\n2,3\n4,5\n6,7\n")
    assert torch.equal(load(folder)[0].x, expected)


def test_edges_header_weights_blank_lines_and_spaces(folder):
    (folder / "edges.csv").write_text("source,target,weight\n0, 1, 0.5\n\n1, 2, 2\n\n")
    data = load(folder)[0]
    assert data.edge_index.tolist() == [[0, 1, 1, 2], [1, 0, 2, 1]]
    assert data.edge_weight.tolist() == [0.5, 0.5, 2.0, 2.0]


def test_directed(folder):
    assert load(folder, directed=True)[0].edge_index.tolist() == [[0, 1], [1, 2]]


def test_number_of_nodes_without_features(folder):
    (folder / "features.npy").unlink()
    assert load(folder)[0].num_nodes == 4  # labels tell of node 3
    (folder / "labels.csv").unlink()
    data = load(folder)[0]
    assert data.num_nodes == 3
    assert data.x.flatten().tolist() == pytest.approx(np.log1p([1, 2, 1]).tolist())
    assert load(folder, features="identity")[0].x.tolist() == torch.eye(3).tolist()
    assert data.y is None


def test_label_header(folder):
    (folder / "labels.csv").write_text("Label\n1\n0\n1\n-1\n")
    assert load(folder)[0].y.tolist() == [1, 0, 1, -1]


@pytest.mark.parametrize("name", ["labels.csv", "features.csv"])
def test_a_blank_line_moves_no_row_to_another_node(folder, name):
    (folder / "features.npy").unlink()
    (folder / name).write_text("1\n\n2\n3\n4\n")
    with pytest.raises(ValueError, match=f"{name}, line 2 is blank"):
        load(folder)
    (folder / name).write_text("1\n2\n3\n4\n\n")
    assert load(folder)[0].num_nodes == 4


BAD = {
    "edges.csv": [
        ("0,1\n1,4\n", r"edges.csv, line 2: node 4 is not in \[0, 4\)"),
        ("a,b\n0,1\n\n1,-2\n", r"edges.csv, line 4: node -2 is not in \[0, 4\)"),
        ("0,1\n1,x\n", r"edges.csv, line 2: 'x' in column 2 is no finite number"),
        ("0,1\n1.5,2\n", "edges.csv, line 2: node numbers must be whole, got 1.5, 2"),
        ("0\n1\n", "edges.csv must have 2 or 3 columns, got 1"),
        ("0,1,1,1\n", "edges.csv must have 2 or 3 columns, got 4"),
        ("0,1\n1,2,3\n", "edges.csv is no table.*line 2"),
        ("", "edges.csv is no table"),
        ("0,1,nan\n", "edges.csv, line 1: 'nan' in column 3 is no finite number"),
        ("0,1,1\n1,0,2\n", "edges.csv: edge 0-1 is listed with several weights, 1.0 and 2.0"),
    ],
    "labels.csv": [
        ("a\nb\n", "4 rows of features but 2 labels"),
        ("a,b\na,b\na,b\na,b\n", "labels.csv must have 1 column, got 2"),
        ("-2\n0\n0\n1\n", r"labels.csv: labels must be -1 \(unlabelled\) or above, got -2"),
    ],
}


@pytest.mark.parametrize(
    ("name", "text", "message"), [(n, t, m) for n, cases in BAD.items() for t, m in cases]
)
def test_bad_tables(folder, name, text, message):
    (folder / name).write_text(text)
    with pytest.raises(ValueError, match=message):
        load(folder)


def test_bad_features(folder):
    x = np.zeros((4, 2))
    x[2, 1] = np.nan
    np.save(folder / "features.npy", x)
    with pytest.raises(ValueError, match=r"features.npy: nan at row 2, column 1"):
        load(folder)
    np.save(folder / "features.npy", np.zeros(4))
    with pytest.raises(ValueError, match=r"features.npy must have shape \[N, D\], got \[4\]"):
        load(folder)
    np.save(folder / "features.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(ValueError, match=r"features.npy cannot be read as an array of numbers"):
        load(folder)
    (folder / "features.npy").write_bytes(b"\x93NUMPY")
    with pytest.raises(ValueError, match=r"features.npy cannot be read as an array of numbers"):
        load(folder)


def test_what_would_be_ignored_is_an_error(folder):
    with pytest.raises(ValueError, match="features='degree' would be ignored"):
        load(folder, features="degree")
    with pytest.raises(ValueError, match="labels='y' would be ignored"):
        load(folder, labels="y")
    with pytest.raises(ValueError, match="root='/tmp' would be ignored"):
        load(folder, "/tmp")
    (folder / "label.csv").write_text("a\n")
    with pytest.raises(ValueError, match=r"label.csv would be ignored; did you mean labels.csv"):
        load(folder)
    (folder / "label.csv").unlink()
    (folder / "features.csv").write_text("1\n")
    with pytest.raises(ValueError, match=r"both features\.npy and features\.csv"):
        load(folder)


def test_folder_without_edges(tmp_path):
    with pytest.raises(ValueError, match=r"is no graph: it has no file edges.csv"):
        load(tmp_path)


def test_empty_graph(tmp_path):
    (tmp_path / "edges.csv").write_text("source,target\n")
    with pytest.raises(ValueError, match="empty graph"):
        load(tmp_path)


def test_no_edge_but_nodes(folder):
    (folder / "edges.csv").write_text("source,target\n")
    data = load(folder)[0]
    assert data.edge_index.shape == (2, 0)
    assert data.num_nodes == 4


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=15))
def test_any_edge_list_round_trips(tmp_path, pairs):
    (tmp_path / "edges.csv").write_text("".join(f"{u},{v}\n" for u, v in pairs))
    edges = {tuple(e) for e in load(tmp_path)[0].edge_index.t().tolist()}
    assert edges == {e for u, v in pairs for e in ((u, v), (v, u))}
