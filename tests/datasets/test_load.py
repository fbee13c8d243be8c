import json
import subprocess
import sys

import networkx as nx
import pytest
import torch
from torch_geometric.transforms import NormalizeFeatures

from gcl.datasets import CATALOGUE, load, table


@pytest.mark.parametrize("name", ["karate", "Karate", "KA-RA_TE"])
def test_names_ignore_case_dashes_and_underscores(name):
    dataset = load(name)
    assert dataset.name == "karate"
    assert dataset.entry is CATALOGUE["karate"]


def test_transform():
    x = load("digits", transform=NormalizeFeatures())[0].x
    assert torch.allclose(x.sum(1), torch.ones(1797))


@pytest.mark.parametrize(("name", "near"), [("corra", "cora"), ("ogb-arxiv", "ogbn-arxiv")])
def test_unknown_name_lists_the_nearest(name, near):
    with pytest.raises(ValueError, match=f"got '{name}' .did you mean {near}"):
        load(name)


@pytest.mark.parametrize("name", ["./karate", "no/such/folder", "graph.graphml", "x.pt"])
def test_path_that_does_not_exist(name):
    with pytest.raises(FileNotFoundError, match="no such file or folder"):
        load(name)


@pytest.mark.parametrize("name", [3, None, b"cora"])
def test_name_of_another_type(name):
    with pytest.raises(TypeError, match="name must be a name or a path"):
        load(name)


def test_empty_name():
    with pytest.raises(ValueError, match="name must be a name or a path, got ''"):
        load("")


def test_a_name_wins_over_a_folder_unless_it_is_written_as_a_path(tmp_path, monkeypatch):
    (tmp_path / "karate").mkdir()
    (tmp_path / "karate" / "edges.csv").write_text("0,1\n")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "edges.csv").write_text("0,1\n1,2\n")
    monkeypatch.chdir(tmp_path)
    assert load("karate")[0].num_nodes == 34
    assert load("./karate")[0].num_nodes == 2
    assert load("other")[0].num_nodes == 3


@pytest.mark.parametrize("option", [{"features": "degree"}, {"labels": "y"}, {"directed": False}])
def test_options_for_files_are_errors_with_a_name(option):
    (key,) = option
    with pytest.raises(ValueError, match=f"{key}=.* would be ignored: 'karate' is in the cat"):
        load("karate", **option)


def test_unknown_file_format(tmp_path):
    (tmp_path / "graph.xyz").touch()
    with pytest.raises(ValueError, match=r"must be a folder or end in .graphml, .* got .xyz"):
        load(tmp_path / "graph.xyz")


def test_table_has_a_row_for_each_set(tmp_path):
    rows = table(tmp_path)
    assert [row["name"] for row in rows] == list(CATALOGUE)
    assert {row["name"] for row in rows if row["present"]} == {"digits", "karate"}
    assert rows[0] == {
        "name": "digits",
        "tasks": "node, clustering, link",
        "nodes": 1797,
        "edges": 24678,
        "features": 64,
        "classes": 10,
        "directed": False,
        "split": "random",
        "licence": CATALOGUE["digits"].licence,
        "present": True,
    }


def test_table_sees_raw_files(tmp_path):
    folder = tmp_path / "acm_sdcn" / "raw"
    folder.mkdir(parents=True)
    (folder / "acm_sdcn.npz").touch()
    present = {row["name"] for row in table(tmp_path) if row["present"]}
    assert present == {"digits", "karate", "acm_sdcn"}


def test_users_graphs_are_not_cached(tmp_path, cache):
    nx.write_edgelist(nx.path_graph(3), tmp_path / "g.edgelist")
    assert load(tmp_path / "g.edgelist")[0].num_nodes == 3
    nx.write_edgelist(nx.path_graph(5), tmp_path / "g.edgelist")
    assert load(tmp_path / "g.edgelist")[0].num_nodes == 5
    assert not cache.exists()


@pytest.mark.slow
def test_import_is_light():
    heavy = "sklearn networkx pandas ogb matplotlib"
    code = (
        "import sys, torch_geometric; before = set(sys.modules); import gcl.datasets\n"
        f"print([m for m in '{heavy}'.split() if m in set(sys.modules) - before])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_wikics_has_twenty_splits_and_one_test_mask(tmp_path):
    """A small file in the layout of WikiCS, whose counts differ from the catalogue's."""
    folder = tmp_path / CATALOGUE["wikics"].folder
    folder.mkdir(parents=True)
    masks = [[(i + k) % 6 == 0 for i in range(12)] for k in range(20)]
    content = {
        "features": [[float(i), 1.0] for i in range(12)],
        "labels": [i % 2 for i in range(12)],
        "links": [[(i + 1) % 12] for i in range(12)],
        "train_masks": masks,
        "val_masks": [mask[1:] + mask[:1] for mask in masks],
        "stopping_masks": masks,
        "test_mask": [False] * 12,
    }
    (folder / "data.json").write_text(json.dumps(content))
    with pytest.warns(UserWarning, match="'wikics' has 12 nodes instead of 11,701"):
        data = load("wikics", tmp_path)[0]
    assert data.train_mask.shape == data.val_mask.shape == (12, 20)
    assert data.test_mask.shape == (12,)
    assert data.is_undirected()
    (folder / "data.json").write_text(json.dumps(content)[:300])
    with pytest.raises(ValueError, match=r"data\.json is corrupt or truncated: JSONDecodeError"):
        load("wikics", tmp_path)
