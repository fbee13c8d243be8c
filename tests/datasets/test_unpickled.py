"""What may be unpickled is widened for a while, and nothing that others allowed is forgotten."""

import pickle

import pytest
import torch
from torch_geometric.data import Data

from gcl.datasets.unpickled import allowed


class Own:
    pass


def test_things_are_allowed_inside_only(tmp_path):
    torch.save(Own(), tmp_path / "own.pt")
    with allowed([Own]):
        assert isinstance(torch.load(tmp_path / "own.pt", weights_only=True), Own)
    with pytest.raises(pickle.UnpicklingError):
        torch.load(tmp_path / "own.pt", weights_only=True)


def test_what_pyg_allows_stays_allowed():
    before = torch.serialization.get_safe_globals()
    assert Data in before
    with allowed([Data, Own]):
        assert Own in torch.serialization.get_safe_globals()
    assert set(torch.serialization.get_safe_globals()) == set(before)
