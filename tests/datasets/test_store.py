"""Runs on a tiny npz set in the layout of the SDCN files, so that no real data are needed."""

import dataclasses
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from gcl.datasets import store
from gcl.datasets.entry import Entry
from gcl.datasets.readers import AttributedNpz
from gcl.datasets.store import read_entry

X = np.array([[1.0, 0.0], [0.0, 2.0], [3.0, 3.0]], dtype=np.float32)
EDGES = np.array([[0, 1, 1, 2], [1, 0, 2, 1]], dtype=np.int32)

ENTRY = Entry(
    *("tiny", 3, 4, 2, 2),
    split="random",
    licence="none",
    reference="these tests",
    verified=True,
    folder="tiny/raw",
    files=("tiny.npz",),
    reader=AttributedNpz("tiny/raw/tiny.npz"),
)


def write(root, x=X, edges=EDGES, y=(0, 1, 1)):
    path = root / "tiny" / "raw" / "tiny.npz"
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, x=x, edge_index=edges, y=np.array(y))
    return path


def listing(folder):
    return {p: (p.stat().st_size, p.stat().st_mtime_ns) for p in folder.rglob("*")}


@pytest.fixture
def root(tmp_path):
    write(tmp_path / "root")
    return tmp_path / "root"


def test_first_and_second_read_agree(root, cache):
    before = listing(root)
    first, second = read_entry(ENTRY, root), read_entry(ENTRY, root)
    assert listing(root) == before  # nothing written beside the raw files
    assert first.x.tolist() == second.x.tolist() == X.tolist()
    assert first.edge_index.tolist() == second.edge_index.tolist() == EDGES.tolist()
    assert first.y.tolist() == second.y.tolist() == [0, 1, 1]
    assert len(list(cache.iterdir())) == 1


def test_second_read_does_not_read_raw_files_again(root):
    read_entry(ENTRY, root)
    broken = dataclasses.replace(ENTRY, reader=None)
    assert read_entry(broken, root).num_nodes == 3


def test_read_only_root(root):
    raw = root / "tiny" / "raw"
    for path in (raw / "tiny.npz", raw, root):
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        assert read_entry(ENTRY, root).num_nodes == 3
        assert [p.name for p in raw.iterdir()] == ["tiny.npz"]
    finally:
        for path in (root, raw):
            path.chmod(0o755)


def test_a_changed_raw_file_is_read_anew_even_if_size_and_time_are_the_same(root):
    path = root / "tiny" / "raw" / "tiny.npz"
    read_entry(ENTRY, root)
    stat = path.stat()
    write(root, y=(1, 0, 1))
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert path.stat().st_size == stat.st_size
    assert read_entry(ENTRY, root).y.tolist() == [1, 0, 1]


def test_a_large_changed_file_is_told_by_its_time(root, monkeypatch):
    monkeypatch.setattr("gcl.datasets.rawfiles._HASH_UP_TO", 0)
    read_entry(ENTRY, root)
    os.utime(write(root, y=(1, 0, 1)), ns=(1, 1))
    assert read_entry(ENTRY, root).y.tolist() == [1, 0, 1]


@pytest.mark.parametrize("keep", [0, 10, 200, -1])
def test_truncated_file_is_named_and_leaves_the_cache_empty(root, cache, keep):
    path = root / "tiny" / "raw" / "tiny.npz"
    path.write_bytes(path.read_bytes()[:keep])
    message = r"dataset 'tiny': \S*tiny.npz is " + ("empty" if keep == 0 else "corrupt")
    with pytest.raises(ValueError, match=message):
        read_entry(ENTRY, root)
    assert not list(cache.iterdir())
    write(root)  # repaired
    assert read_entry(ENTRY, root).num_nodes == 3


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"edges": EDGES[:, :2]}, "the files hold 2 edges instead of 4"),
        ({"edges": EDGES + 1}, r"edge_index must lie in \[0, 3\).*got 3"),
        ({"x": X * np.nan}, "x must be finite, got nan at row 0"),
        ({"y": (0, 1)}, "y must have 3 rows, one a node, got 2"),
        ({"y": (0, 1, 2)}, "the files hold 3 classes instead of 2"),
    ],
)
def test_files_that_hold_another_graph(root, cache, change, message):
    write(root, **change)
    with pytest.raises(ValueError, match=message) as info:
        read_entry(ENTRY, root)
    assert f"tiny.npz in {root / 'tiny' / 'raw'} do not fit" in str(info.value)
    assert not list(cache.iterdir())


def test_counts_that_are_only_published_make_a_warning(root):
    entry = dataclasses.replace(ENTRY, verified=False, num_edges=6)
    with pytest.warns(UserWarning, match="'tiny' has 4 edges instead of 6"):
        assert read_entry(entry, root).num_edges == 4


@dataclasses.dataclass(frozen=True)
class Interrupted:
    def read(self, root):
        (root / "half-written").write_text("x")
        raise KeyboardInterrupt


def test_interruption_leaves_nothing(root, cache):
    with pytest.raises(KeyboardInterrupt):
        read_entry(dataclasses.replace(ENTRY, reader=Interrupted()), root)
    assert not list(cache.iterdir())


def test_interruption_while_saving_leaves_nothing(root, cache, monkeypatch):
    def save(_, path):
        path.write_text("half")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(store.torch, "save", save)
        with pytest.raises(KeyboardInterrupt):
            read_entry(ENTRY, root)
    assert not list(cache.iterdir())
    assert read_entry(ENTRY, root).num_nodes == 3


def test_a_damaged_processed_file_is_made_again(root, cache):
    read_entry(ENTRY, root)
    (path,) = cache.iterdir()
    whole = path.read_bytes()
    for content in (b"", whole[: len(whole) // 2], b"garbage"):
        path.write_bytes(content)
        assert read_entry(ENTRY, root).x.tolist() == X.tolist()
        assert torch.load(path)["x"].tolist() == X.tolist()


def test_raw_files_that_change_while_they_are_read(root, cache):
    class Changing:
        def read(self, folder):
            data = ENTRY.reader.read(folder)
            write(root, y=(1, 1, 0))
            return data

    with pytest.raises(ValueError, match="changed while they were read"):
        read_entry(dataclasses.replace(ENTRY, reader=Changing()), root)
    assert not list(cache.iterdir())


def test_readers_at_the_same_time(root, cache):
    with ThreadPoolExecutor(8) as pool:
        graphs = list(pool.map(lambda _: read_entry(ENTRY, root), range(16)))
    assert all(graph.x.tolist() == X.tolist() for graph in graphs)
    assert len(list(cache.iterdir())) == 1


@pytest.mark.slow
def test_processes_at_the_same_time(root, cache):
    code = (
        "import sys; sys.path.insert(0, sys.argv[2]); from pathlib import Path\n"
        "from test_store import ENTRY; from gcl.datasets.store import read_entry\n"
        "print(read_entry(ENTRY, Path(sys.argv[1])).num_edges)"
    )
    command = [sys.executable, "-c", code, str(root), os.path.dirname(__file__)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    assert [process.communicate()[0].strip() for process in running] == ["4"] * 3
    assert len(list(cache.iterdir())) == 1
