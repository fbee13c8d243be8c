"""Features in a file that is mapped into memory: loaders read the rows of a batch alone."""

import json
import subprocess
import sys

import numpy as np
import pytest
import torch
from torch_geometric.data import Data

from gcl.datasets.mapped import map_features
from gcl.loaders import ClusterLoader, NeighborLoader

LOADERS = {
    "neighbor": lambda data: NeighborLoader(data, [2, 2], 8),
    "clusters": lambda data: ClusterLoader(data, method=torch.arange(len(data.x)) // 8),
}
CHILD = """
import json, sys
import numpy as np, torch
from torch_geometric.data import Data
from gcl.benchmark.memory import PeakMemory
from gcl.loaders import ClusterLoader, NeighborLoader

x = torch.from_numpy(np.load(sys.argv[1], mmap_mode="c"))
node = torch.arange(len(x))
data = Data(x=x, edge_index=torch.stack([node, node.roll(1)]))
with PeakMemory() as peak:
    loaders = NeighborLoader(data, [2, 2], 64, shuffle=True), ClusterLoader(data, method=node // 64)
    widths = [b.x.size(1) for loader in loaders for _, b in zip(range(4), loader)]
print(json.dumps({"mib": peak.mib, "batches": len(widths)}))
"""


@pytest.mark.parametrize("name", LOADERS)
def test_batches_leave_the_map_as_it_is(tmp_path, name):
    x = np.random.default_rng(0).random((40, 3), dtype=np.float32)
    np.save(tmp_path / "x.npy", x)
    mapped = map_features(tmp_path / "x.npy")
    node = torch.arange(40)
    data = Data(x=mapped, edge_index=torch.stack([node, node.roll(1)]))
    loader = LOADERS[name](data)
    for batch in loader:
        assert np.array_equal(batch.x.numpy(), x[batch.n_id])
        assert batch.x.data_ptr() != mapped.data_ptr()
    assert loader.data.x is mapped  # neither moved nor copied


@pytest.mark.slow
def test_batches_do_not_read_the_whole_file(tmp_path):
    path, shape = tmp_path / "x.npy", (200_000, 4096)
    file = np.lib.format.open_memmap(path, "w+", np.float32, shape)  # a hole: no space on the disk
    file[::50_000] = 1
    del file
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(path)], capture_output=True, text=True, check=True
    )
    found = json.loads(done.stdout)
    assert found["batches"] == 8
    if found["mib"] is None:
        pytest.skip("this system does not tell the peak memory")
    size = path.stat().st_size / 2**20
    assert found["mib"] < size / 3
