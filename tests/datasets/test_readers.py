import numpy as np
import pytest
import scipy.sparse as sp

from gcl.datasets import CATALOGUE
from gcl.datasets.readers import AttributedNpz, MaskedNpz, PyG

FROM_PYG = [n for n, e in CATALOGUE.items() if isinstance(e.reader, PyG)]


@pytest.mark.parametrize("name", FROM_PYG)
def test_files_and_folder_are_those_of_the_pyg_class(name, tmp_path):
    """If the catalogue named another place, PyG would not find the linked files."""
    row = CATALOGUE[name]
    seen = []

    class Spy(row.reader._class()):
        def download(self):
            seen.extend(self.raw_paths)
            raise InterruptedError

    with pytest.raises(InterruptedError):
        Spy(root=str(tmp_path / row.reader.root), **row.reader.args)
    assert sorted(seen) == sorted(str(tmp_path / row.folder / file) for file in row.files)


def test_pyg_download_does_not_process(tmp_path, monkeypatch):
    import torch_geometric.datasets as pyg

    def download(self):
        for path in self.raw_paths:
            open(path, "w").close()

    monkeypatch.setattr(pyg.Airports, "download", download)
    row = CATALOGUE["brazil"]
    row.reader.download(tmp_path)
    assert {p.name for p in (tmp_path / row.folder).iterdir()} == set(row.files)


def test_attributed_npz_sparse_and_dense(tmp_path):
    x = sp.csr_matrix(np.array([[0, 2, 0], [1, 0, 3]], dtype=np.float32))
    edges = np.array([[0, 1], [1, 0]], dtype=np.int32)
    parts = {"x_data": x.data, "x_indices": x.indices, "x_indptr": x.indptr, "x_shape": x.shape}
    np.savez(tmp_path / "a.npz", edge_index_k3=edges, y=np.array([0, 1]), **parts)
    np.savez(tmp_path / "b.npz", edge_index=edges, y=np.array([0, 1]), x=x.toarray())
    sparse = AttributedNpz("a.npz", "edge_index_k3").read(tmp_path)
    dense = AttributedNpz("b.npz").read(tmp_path)
    for data in (sparse, dense):
        assert data.x.tolist() == [[0, 2, 0], [1, 0, 3]]
        assert data.edge_index.tolist() == [[0, 1], [1, 0]]
        assert data.y.tolist() == [0, 1]


def test_masked_npz(tmp_path):
    masks = np.array([[True, False, False], [False, True, False]])  # 2 splits of 3 nodes
    np.savez(
        tmp_path / "a.npz",
        node_features=np.eye(3, dtype=np.float32),
        node_labels=np.array([0, 1, 1]),
        edges=np.array([[0, 1], [1, 2]]),
        train_masks=masks,
        val_masks=np.roll(masks, 1, axis=1),
        test_masks=np.roll(masks, 2, axis=1),
    )
    data = MaskedNpz("a.npz").read(tmp_path)
    assert data.edge_index.tolist() == [[0, 1, 1, 2], [1, 0, 2, 1]]
    assert data.train_mask.tolist() == masks.T.tolist()
    assert (data.train_mask.int() + data.val_mask.int() + data.test_mask.int() == 1).all()
