from pathlib import Path

import pandas as pd
import pytest

from gcl.datasets.interaction_columns import choose_columns, number_ids

NOTHING = {"user": None, "item": None, "time": None, "rating": None}


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["user_id", "item_id", "timestamp"], ("user_id", "item_id", "timestamp")),
        (["businessId", "UserID", "stars", "date"], ("UserID", "businessId", "date")),
        (
            ["reviewerID", "asin", "overall", "unixReviewTime"],
            ("reviewerID", "asin", "unixReviewTime"),
        ),
        (["song", "user"], ("user", "song", None)),
        (["0", "1", "2"], ("0", "1", None)),
    ],
)
def test_columns_are_told_by_their_names(names, expected):
    chosen = choose_columns(pd.DataFrame(columns=names), NOTHING, Path("r.csv"))
    assert (chosen["user"], chosen["item"], chosen["time"]) == expected


def test_ids_of_two_parts_are_numbered_together():
    parts = [(Path("a"), pd.Series(["b", " a"])), (Path("b"), pd.Series(["c", "b"]))]
    numbers, names = number_ids(parts)
    assert names == ["a", "b", "c"]
    assert [n.tolist() for n in numbers] == [[1, 0], [2, 1]]
