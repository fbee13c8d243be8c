import pytest
import torch
from torch_geometric.data import Data, HeteroData

from gcl.checks import OptionError
from gcl.datasets import from_hetero
from gcl.functional.interaction_data import RATES

TYPE = ("user", "rates", "movie")


@pytest.fixture
def films():
    data = HeteroData()
    data["user"].num_nodes = 3
    data["movie"].x = torch.rand(4, 2)
    data[TYPE].edge_index = torch.tensor([[2, 0, 0], [1, 3, 0]])
    data[TYPE].rating = torch.tensor([5, 2, 4])
    data[TYPE].time = torch.tensor([10, 20, 30])
    data["movie", "rated_by", "user"].edge_index = data[TYPE].edge_index.flip(0)
    return data


def test_an_edge_type_becomes_interactions(films):
    data = from_hetero(films, TYPE)
    assert data.edge_types == [RATES, ("item", "rev_rates", "user")]
    assert data[RATES].edge_index.tolist() == [[0, 0, 2], [0, 3, 1]]
    assert data[RATES].time.tolist() == [30, 20, 10]
    assert (data["user"].num_nodes, data["item"].num_nodes) == (3, 4)
    assert "x" not in data["item"]


def test_ratings_names_and_a_test_part(films):
    films["movie"].name = list("wxyz")
    held = torch.tensor([[1], [2]])
    data = from_hetero(films, TYPE, rating="rating", min_rating=3, test_edge_index=held)
    assert data[RATES].edge_index.tolist() == [[0, 2], [0, 1]]
    assert data[RATES].test_edge_index.tolist() == held.tolist()
    assert data["item"].name == list("wxyz")


def test_bad_input(films):
    with pytest.raises(TypeError, match="data must be a HeteroData"):
        from_hetero(Data(), TYPE)
    with pytest.raises(OptionError, match="edge_type must be one of"):
        from_hetero(films, ("user", "sees", "movie"))
    with pytest.raises(OptionError, match="rating must be an attribute of"):
        from_hetero(films, TYPE, rating="stars", min_rating=1)
    with pytest.raises(OptionError, match="go together"):
        from_hetero(films, TYPE, min_rating=1)
