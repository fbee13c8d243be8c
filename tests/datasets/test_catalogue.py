import shutil
from pathlib import Path

import pytest
import torch

from gcl.datasets import CATALOGUE, load, table
from gcl.datasets.entry import RANKING, TASKS
from gcl.functional.interaction_data import RATES
from gcl.registry import find

HEAVY = ("physics", "cs", "blogcatalog", "chameleon")
ON_FILE = [name for name, entry in CATALOGUE.items() if entry.verified and entry.files]
INTERACTIONS = [name for name in ON_FILE if CATALOGUE[name].interactions]
GRAPHS = [name for name in ON_FILE if name not in INTERACTIONS]


@pytest.fixture(scope="module")
def shared_cache(tmp_path_factory):
    return tmp_path_factory.mktemp("processed")


@pytest.mark.parametrize("entry", CATALOGUE.values(), ids=CATALOGUE)
def test_rows_are_complete(entry):
    assert entry.split in ("public", "random", "wikics", "given")
    assert entry.tasks
    assert set(entry.tasks) <= ({RANKING} if entry.interactions else set(TASKS))
    assert (entry.split == "given") == bool(entry.interactions)
    assert entry.licence
    assert entry.reference.startswith("https://")
    assert bool(entry.files) == bool(entry.folder)
    assert all(count is None or count > 0 for count in (entry.num_nodes, entry.num_edges))


def test_names_and_aliases_are_unique():
    names = [name for entry in CATALOGUE.values() for name in (entry.name, *entry.aliases)]
    keys = {name.lower().replace("-", "").replace("_", "") for name in names}
    assert len(keys) == len(names)
    assert find("ROMAN-EMPIRE", CATALOGUE, "dataset").name == "roman_empire"
    assert load("karate").entry.verified


def test_folders_do_not_clash_where_a_file_system_ignores_case():
    folders = [e.folder.lower() for e in CATALOGUE.values() if e.files and "usps" not in e.name]
    assert len(set(folders)) == len(folders)


def listing(folder: Path) -> dict[Path, tuple[int, int]]:
    return {p: (p.stat().st_size, p.stat().st_mtime_ns) for p in folder.rglob("*")}


def marked(names):
    return [pytest.param(n, marks=[pytest.mark.slow] if n in HEAVY else []) for n in names]


@pytest.mark.realdata
@pytest.mark.parametrize("name", marked(GRAPHS))
def test_counts_are_those_of_the_real_files(name, data_root, shared_cache, monkeypatch):
    monkeypatch.setenv("GCL_CACHE", str(shared_cache))
    entry = CATALOGUE[name]
    before = listing(data_root / entry.folder)
    dataset = load(name, data_root)
    data = dataset[0]
    counts = (data.num_nodes, data.num_edges, data.num_features, dataset.num_classes)
    assert counts == (entry.num_nodes, entry.num_edges, entry.num_features, entry.num_classes)
    assert data.x.dtype == torch.float32
    assert data.x.layout == torch.strided
    assert data.y.dtype == torch.int64
    assert data.y.shape == (entry.num_nodes,)
    assert data.is_undirected() != entry.directed
    assert ("val_mask" in data) == (entry.split == "public")
    assert listing(data_root / entry.folder) == before
    assert not list((data_root / entry.folder.split("/")[0]).rglob("processed"))
    again = load(name, data_root)[0]  # from the cache
    assert all(torch.equal(value, again[key]) for key, value in data)


@pytest.mark.realdata
@pytest.mark.parametrize("name", INTERACTIONS)
def test_interactions_are_those_of_the_real_files(name, data_root, shared_cache, monkeypatch):
    monkeypatch.setenv("GCL_CACHE", str(shared_cache))
    entry = CATALOGUE[name]
    before = listing(data_root / entry.folder)
    data = load(name, data_root)[0]
    rates = data[RATES]
    counts = (data["user"].num_nodes, data["item"].num_nodes, rates.edge_index.size(1))
    assert (*counts, rates.test_edge_index.size(1)) == entry.interactions
    assert (data.num_nodes, data.num_edges) == (entry.num_nodes, entry.num_edges)
    keys = rates.edge_index[0] * data["item"].num_nodes + rates.edge_index[1]
    assert (keys.diff() > 0).all()  # each once, sorted by user and item
    assert torch.equal(data["item", "rev_rates", "user"].edge_index, rates.edge_index.flip(0))
    assert listing(data_root / entry.folder) == before
    again = load(name, data_root)[0]  # from the cache
    assert torch.equal(again[RATES].test_edge_index, rates.test_edge_index)
    assert again.notes == data.notes


@pytest.mark.realdata
def test_what_is_odd_about_interactions_is_said(data_root):
    assert load("lastfm", data_root)[0].notes == [
        "41 of 10,533 test interactions are with an item that no user has in training",
        "14 of 1,892 users are without a training interaction",
    ]
    assert load("gowalla", data_root)[0].notes == []


@pytest.mark.realdata
def test_every_set_with_files_is_tested(data_root):
    present = {row["name"] for row in table(data_root) if row["present"]}
    assert present == {"digits", "karate", *ON_FILE}


@pytest.mark.realdata
def test_equals_pygs_own_loading(data_root, tmp_path):
    from torch_geometric.datasets import Planetoid

    shutil.copytree(data_root / "Cora", tmp_path / "Cora")
    theirs, ours = Planetoid(str(tmp_path), "Cora")[0], load("cora", data_root)[0]
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(value, theirs[key]) for key, value in ours)


@pytest.mark.realdata
def test_masks_of_several_splits(data_root):
    data = load("texas", data_root)[0]
    parts = [data[f"{part}_mask"] for part in ("train", "val", "test")]
    assert [tuple(mask.shape) for mask in parts] == [(183, 10)] * 3
    assert (sum(mask.int() for mask in parts) == 1).all()


@pytest.mark.realdata
def test_unlabelled_nodes_are_minus_one(data_root):
    assert load("reed98", data_root)[0].y.unique().tolist() == [-1, 0, 1]


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("cora", "ind.cora.allx"),
        ("cora", "ind.cora.graph"),
        ("cora", "ind.cora.test.index"),
        ("photo", "amazon_electronics_photo.npz"),
        ("texas", "out1_graph_edges.txt"),
        ("texas", "texas_split_0.6_0.2_3.npz"),
        ("brazil", "labels-brazil-airports.txt"),
        ("reed98", "data.mat"),
        ("acm_sdcn", "acm_sdcn.npz"),
        ("minesweeper", "minesweeper.npz"),
        ("lastfm", "test1.txt"),
    ],
)
@pytest.mark.parametrize("share", [0.0, 0.37, 0.9])
def test_truncated_copies_are_errors_that_name_the_file(
    name, file, share, data_root, tmp_path, cache
):
    folder = CATALOGUE[name].folder
    shutil.copytree(data_root / folder, tmp_path / folder, copy_function=shutil.copyfile)
    path = tmp_path / folder / file
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    if share and path.suffix in (".txt", ".index"):  # leave a part of a line
        path.write_bytes(path.read_bytes().rstrip(b"\n"))
    with pytest.raises(ValueError, match=f"cannot read dataset '{name}'") as info:
        load(name, tmp_path)
    assert str(path) in str(info.value)
    assert not list(cache.iterdir())


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("name", "file"),
    [("cora", "ind.cora.test.index"), ("texas", "out1_graph_edges.txt")],
)
def test_texts_cut_at_the_end_of_a_line(name, file, data_root, tmp_path, cache):
    folder = CATALOGUE[name].folder
    shutil.copytree(data_root / folder, tmp_path / folder, copy_function=shutil.copyfile)
    path = tmp_path / folder / file
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))
    with pytest.raises(ValueError, match=r"the files hold (324 edges|999 nodes in test_mask)"):
        load(name, tmp_path)
    assert not list(cache.iterdir())
