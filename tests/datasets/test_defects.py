import gzip
import json
import pickle

import numpy as np
import pytest
import scipy.io
from scipy.sparse import csr_matrix

from gcl.datasets.defects import find_defects


def write_all(folder):
    np.savez(folder / "a.npz", x=np.arange(100))
    (folder / "b.csv.gz").write_bytes(gzip.compress(b"1,2\n" * 50))
    (folder / "c.json").write_text(json.dumps({"links": [[1], [0]]}))
    scipy.io.savemat(folder / "d.mat", {"A": np.arange(100.0)})
    with (folder / "ind.cora.x").open("wb") as file:
        pickle.dump(csr_matrix(np.eye(10)), file)
    (folder / "ind.cora.test.index").write_text("100\n200\n")
    (folder / "e.txt").write_text("0\t1\n1\t2\n")
    return sorted(folder.iterdir())


def test_sound_files_have_none(tmp_path):
    assert find_defects(write_all(tmp_path)) == []


@pytest.mark.parametrize("index", range(7))
@pytest.mark.parametrize("empty", [True, False])
def test_the_damaged_file_is_named_and_no_other(tmp_path, index, empty):
    path = write_all(tmp_path)[index]
    content = path.read_bytes()
    path.write_bytes(b"" if empty else content[: len(content) * 2 // 3])
    (found,) = find_defects([*tmp_path.iterdir()])
    assert found.startswith(f"{path} is {'empty' if empty else ''}")


def test_flipped_bytes_in_an_archive(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, x=np.arange(1000))
    content = bytearray(path.read_bytes())
    content[2000] ^= 255
    path.write_bytes(content)
    assert find_defects([path]) == [f"{path} is corrupt in its member x.npy"]
