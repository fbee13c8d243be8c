import csv

import pytest
import torch

from gcl.benchmark.compactness_files import FILES, _degree_bins, write_compactness


@pytest.mark.parametrize("degree", [[0, 1, 1, 2, 40, 3000], [3, 3, 3, 3, 3, 3], [0] * 6])
def test_a_row_a_node_and_two_pictures(tmp_path, degree):
    compactness = torch.tensor([0.5, -1.0, 0.25, 0.0, 2.0, 0.125])
    write_compactness(tmp_path / "new", torch.tensor(degree), compactness)
    assert sorted(p.name for p in (tmp_path / "new").iterdir()) == sorted(FILES)
    with (tmp_path / "new" / "compactness.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [int(r["node"]) for r in rows] == list(range(6))
    assert [int(r["degree"]) for r in rows] == degree
    assert [float(r["compactness"]) for r in rows] == compactness.tolist()
    for name in FILES[1:]:
        assert (tmp_path / "new" / name).read_bytes().startswith(b"\x89PNG")


def test_groups_of_degrees_start_small_and_grow():
    bins = _degree_bins(1000)
    assert bins[:4].tolist() == [0, 1, 2, 3]
    assert (bins[1:] > bins[:-1]).all()
    assert bins[-1] == 1000
