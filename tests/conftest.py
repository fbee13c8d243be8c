"""Fixtures shared by all tests."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from support.elsewhere import NAME, Elsewhere
from torch_geometric.data import Data


@pytest.fixture(autouse=True)
def _seed():
    torch.manual_seed(0)


@pytest.fixture
def data_root() -> Path:
    """The folder of real raw data; skips where there is none, fails if GCL_REQUIRE_DATA is set."""
    root = os.environ.get("GCL_DATA_ROOT")
    if root and Path(root).is_dir():
        return Path(root)
    reason = f"GCL_DATA_ROOT does not name a folder with real data sets, got {root!r}"
    if os.environ.get("GCL_REQUIRE_DATA"):
        pytest.fail(reason)
    pytest.skip(reason)


def _gpu() -> Iterator[str]:
    yield "cuda"


def _stand_in() -> Iterator[str]:
    with Elsewhere():
        yield NAME


_DEVICES = {"elsewhere": _stand_in} | ({"cuda": _gpu} if torch.cuda.is_available() else {})


@pytest.fixture(params=_DEVICES)
def device(request: pytest.FixtureRequest) -> Iterator[str]:
    """A device that is not the CPU: CUDA where there is one, and a stand-in everywhere."""
    yield from _DEVICES[request.param]()


@pytest.fixture
def path_graph() -> Data:
    """Nodes 0-1-2-3 in a path, node 4 isolated; every attribute tells its own index."""
    edge_index = torch.tensor([[0, 1, 1, 2, 2, 3], [1, 0, 2, 1, 3, 2]])
    return Data(
        x=torch.arange(15.0).view(5, 3) + 1,
        edge_index=edge_index,
        edge_weight=torch.arange(6.0) + 1,
        edge_attr=torch.arange(12.0).view(6, 2),
        y=torch.tensor([0, 0, 1, 1, 2]),
        train_mask=torch.tensor([True, False, True, False, True]),
    )
