import pytest
import torch

from gcl.datasets import interactions
from gcl.functional.interaction_data import RATED, RATES

LISTED = torch.tensor([[2, 0, 2, 2, 0], [1, 3, 0, 1, 3]])


def test_each_interaction_once_sorted_by_user_and_item():
    data = interactions(LISTED)
    assert data[RATES].edge_index.tolist() == [[0, 2, 2], [3, 0, 1]]
    assert data[RATED].edge_index.tolist() == [[3, 0, 1], [0, 2, 2]]
    assert (data["user"].num_nodes, data["item"].num_nodes) == (3, 4)
    assert data.notes == [
        "2 of 5 interactions are listed again and merged",
        "1 of 3 users is without a training interaction",
    ]
    data.validate()


def test_of_repeated_interactions_the_latest_time_is_kept():
    data = interactions(LISTED, time=torch.tensor([5, 9, 1, 7, 2]))
    assert data[RATES].time.tolist() == [9, 1, 7]


def test_the_test_part_has_nothing_that_is_in_training():
    test = torch.tensor([[0, 1, 1, 2, 1], [3, 4, 4, 0, 2]])
    data = interactions(LISTED, test_edge_index=test)
    assert data[RATES].test_edge_index.tolist() == [[1, 1], [2, 4]]
    assert data["item"].num_nodes == 5
    assert data.notes[1:] == [
        "1 of 5 test interactions is listed again and merged",
        "2 of 5 test interactions are in training as well and left out of the test part",
        "2 of 5 test interactions are with an item that no user has in training",
        "1 of 3 users is without a training interaction",
    ]


def test_times_of_the_test_part_stay_with_their_interactions():
    data = interactions(
        LISTED,
        time=torch.arange(5.0),
        test_edge_index=torch.tensor([[1, 0], [0, 3]]),
        test_time=torch.tensor([8.0, 9.0]),
    )
    assert data[RATES].test_edge_index.tolist() == [[1], [0]]
    assert data[RATES].test_time.tolist() == [8.0]


def test_names_fix_the_counts():
    data = interactions(LISTED, user_names=["a", "b", "c", "d"], item_names=list("wxyz"))
    assert (data["user"].num_nodes, data["item"].num_nodes) == (4, 4)
    assert data["user"].name[3] == "d"


def test_the_input_is_not_changed():
    listed = LISTED.clone()
    interactions(listed, time=torch.arange(5))
    assert torch.equal(listed, LISTED)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"num_users": 2}, r"must hold users in \[0, 2\), got 2"),
        ({"num_items": 3}, r"must hold items in \[0, 3\), got 3"),
        ({"num_users": 0}, "num_users must be at least 1"),
        ({"time": torch.arange(4)}, r"time must have shape \[5\]"),
        ({"time": torch.full((5,), torch.nan)}, "time must be finite"),
        ({"user_names": list("abc"), "num_users": 2}, "num_users=2 does not fit the 3 names"),
        ({"test_time": torch.arange(5)}, "test_time would be ignored"),
        (
            {"test_edge_index": torch.tensor([[1], [1]]), "test_time": torch.arange(1)},
            "test_time needs time",
        ),
    ],
)
def test_bad_input(options, message):
    with pytest.raises(ValueError, match=message):
        interactions(LISTED, **options)


def test_negative_ids_and_no_interaction():
    with pytest.raises(ValueError, match="got -1"):
        interactions(torch.tensor([[-1, 0], [0, 1]]))
    with pytest.raises(ValueError, match="at least one interaction, got none"):
        interactions(torch.empty(2, 0, dtype=torch.long))
    with pytest.raises(TypeError, match="must be an integer tensor"):
        interactions(LISTED.float())
