import pytest
import torch

from gcl.checks import OptionError
from gcl.datasets import read_interactions
from gcl.functional.interaction_data import RATES


def write(path, text):
    path.write_text(text)
    return path


def named(data):
    """The interactions by the ids of the file."""
    user, item = data["user"].name, data["item"].name
    return [(user[u], item[i]) for u, i in data[RATES].edge_index.t().tolist()]


def test_a_table_with_names(tmp_path):
    text = "movieId,rating,userId,timestamp\n7,4,bob,100\n10,5,ann,50\n\n7,1,ann,70\n"
    data = read_interactions(write(tmp_path / "r.csv", text))
    assert named(data) == [("ann", "7"), ("ann", "10"), ("bob", "7")]
    assert data[RATES].time.tolist() == [70, 50, 100]
    assert data["item"].name == ["7", "10"]  # whole numbers in their order, not that of text


def test_a_table_without_names(tmp_path):
    data = read_interactions(write(tmp_path / "r.csv", "u1,i1,3\nu2,i2,4\n"))
    assert named(data) == [("u1", "i1"), ("u2", "i2")]
    assert "time" not in data[RATES]
    data = read_interactions(tmp_path / "r.csv", user="1", item="0", time="2")
    assert named(data) == [("i1", "u1"), ("i2", "u2")]
    assert data[RATES].time.tolist() == [3, 4]


def test_dates_are_times(tmp_path):
    text = "user\titem\tdate\na\tx\t2024-05-01\na\ty\t2024-05-01T12:00:00\nb\tx\t2023-01-01\n"
    time = read_interactions(write(tmp_path / "r.tsv", text))[RATES].time
    assert time.dtype == torch.int64
    assert int(time[1] - time[0]) == 12 * 3600 * 10**9
    assert time[2] < time[0]


def test_dates_and_numbers_are_not_one_time(tmp_path):
    train = write(tmp_path / "r.csv", "user,item,time\na,x,2024-05-01\na,y,2024-05-02\n")
    test = write(tmp_path / "t.csv", "user,item,time\na,z,1714600000\n")
    with pytest.raises(ValueError, match=r"r.csv has dates, but .*t.csv numbers"):
        read_interactions(train, test=test)
    write(test, "user,item,time\na,z,soon\n")
    train = write(tmp_path / "r.csv", "user,item,time\na,x,5\na,y,6\n")
    with pytest.raises(ValueError, match=r"t.csv, line 2: 'soon' .* neither a number nor a date"):
        read_interactions(train, test=test)


def test_ratings_decide(tmp_path):
    path = write(tmp_path / "r.csv", "user,item,stars\na,x,4.5\na,y,2\nb,y,3\n")
    data = read_interactions(path, rating="stars", min_rating=3)
    assert named(data) == [("a", "x"), ("b", "y")]


def test_ids_that_differ_in_zeros_only_are_different(tmp_path):
    data = read_interactions(write(tmp_path / "r.csv", "user,item\n07,1\n7,1\n10,1\n"))
    assert data["user"].name == ["07", "10", "7"]


def test_both_parts_share_their_ids(tmp_path):
    write(tmp_path / "train.csv", "user,item\nb,x\na,y\n")
    write(tmp_path / "test.csv", "user,item\nb,z\nb,x\nc,y\n")
    with pytest.warns(UserWarning, match="1 of 3 test interactions is in training as well") as seen:
        data = read_interactions(tmp_path)
    assert "1 of 3 test interactions is with an item that no user has" in str(seen[0].message)
    held = data[RATES].test_edge_index.t().tolist()
    names = [(data["user"].name[u], data["item"].name[i]) for u, i in held]
    assert names == [("b", "z"), ("c", "y")]
    with pytest.warns(UserWarning, match="test interactions"):
        again = read_interactions(tmp_path / "train.csv", test=tmp_path / "test.csv")
    assert torch.equal(again[RATES].test_edge_index, data[RATES].test_edge_index)


def test_lists_of_items(tmp_path):
    write(tmp_path / "train.txt", "0 1 2\n1 0\n")
    write(tmp_path / "test.txt", "1 2\n")
    data = read_interactions(tmp_path)
    assert data[RATES].edge_index.tolist() == [[0, 0, 1], [1, 2, 0]]
    assert data[RATES].test_edge_index.tolist() == [[1], [2]]
    with pytest.raises(OptionError, match="user='u' would be ignored: .* has no columns"):
        read_interactions(tmp_path, user="u")


def test_what_is_merged_is_a_warning(tmp_path):
    path = write(tmp_path / "r.csv", "user,item\na,x\na,x\n")
    with pytest.warns(UserWarning, match=r"r\.csv: 1 of 2 interactions is listed again"):
        read_interactions(path)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"user": "usr"}, r"no column user='usr'.*did you mean .*user"),
        ({"time": "when"}, r"no column time='when'"),
        ({"item": "user"}, "cannot tell which column of .* holds the users"),
        ({"item": "user", "user": "user"}, "column 'user' of .* is given twice"),
        ({"rating": "item"}, "rating='item' and min_rating=None go together"),
        ({"min_rating": 3.0}, "go together"),
    ],
)
def test_bad_columns(tmp_path, options, message):
    path = write(tmp_path / "r.csv", "user,item\na,x\n")
    with pytest.raises(OptionError, match=message):
        read_interactions(path, **options)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("user,item\n", r"r\.csv must hold at least one interaction, got none"),
        ("user,item\na,x\n,y\n", r"r\.csv, line 3: column 'user' is empty"),
        ("user,item,time\na,x,1\n\nb,y,noon\n", r"line 4: 'noon' in column 'time' is neither"),
        ("user,item\n", "at least one interaction"),
        ("", "is no table"),
    ],
)
def test_bad_cells_name_the_line(tmp_path, text, message):
    with pytest.raises(ValueError, match=message):
        read_interactions(write(tmp_path / "r.csv", text))


def test_columns_that_cannot_be_told(tmp_path):
    path = write(tmp_path / "r.csv", "who,what\na,x\n")
    with pytest.raises(OptionError, match="which column of .* holds the users; name one with user"):
        read_interactions(path)
    assert named(read_interactions(path, user="who", item="what")) == [("a", "x")]


def test_bad_paths(tmp_path):
    with pytest.raises(FileNotFoundError, match="no such file"):
        read_interactions(tmp_path / "r.csv")
    with pytest.raises(ValueError, match=r"must be a folder or end in \.txt, \.csv"):
        read_interactions(write(tmp_path / "r.json", "{}"))
    with pytest.raises(ValueError, match=r"must hold one of train\.txt"):
        read_interactions(tmp_path)
    write(tmp_path / "r.csv", "user,item\na,x\n")
    with pytest.raises(ValueError, match="must have the format of"):
        read_interactions(tmp_path / "r.csv", test=write(tmp_path / "t.txt", "0 1\n"))
    with pytest.raises(TypeError, match="path must be a path"):
        read_interactions(3)


def test_parquet(tmp_path, monkeypatch):
    import pandas as pd

    path = write(tmp_path / "r.parquet", "")
    frame = pd.DataFrame({"user_id": [5, 11, 5], "item_id": ["x", "y", "y"], "time": [1, 2, 3]})
    monkeypatch.setattr(pd, "read_parquet", lambda path: frame)
    data = read_interactions(path)
    assert named(data) == [("5", "x"), ("5", "y"), ("11", "y")]
    assert data[RATES].time.tolist() == [1, 3, 2]
    monkeypatch.setattr(pd, "read_parquet", lambda path: frame.assign(item_id=["x", None, "y"]))
    with pytest.raises(ValueError, match="line 2: column 'item_id' is empty"):
        read_interactions(path)

    def without_engine(path):
        raise ImportError("no engine")

    monkeypatch.setattr(pd, "read_parquet", without_engine)
    with pytest.raises(ImportError, match=r"r\.parquet needs the package pyarrow"):
        read_interactions(path)


@pytest.fixture
def read(tmp_path):
    """Write columns to a parquet file and read them; needs the package that does both."""
    pytest.importorskip("pyarrow")
    import pandas as pd

    def read(columns, index=None, **options):
        frame = pd.DataFrame(columns)
        frame = frame if index is None else frame.set_index(index)
        frame.to_parquet(tmp_path / "r.parquet")
        return read_interactions(tmp_path / "r.parquet", **options)

    return read


def test_parquet_ids_of_text_or_numbers(read):
    data = read({"user": ["ann", "bob", "ann"], "item": ["x", "y", "y"], "time": [3, 1, 2]})
    assert named(data) == [("ann", "x"), ("ann", "y"), ("bob", "y")]
    assert data[RATES].time.tolist() == [3, 2, 1]
    data = read({"user": [10, 9, 10], "item": [3, 20, 20], "time": [0.5, 1.0, 2.0]})
    assert named(data) == [("9", "20"), ("10", "3"), ("10", "20")]
    assert data[RATES].time.tolist() == [1.0, 0.5, 2.0]


def test_whole_numbers_have_one_name_whatever_their_type(read):
    import pandas as pd

    for user in ([10, 9], [10.0, 9.0], pd.array([10, 9], dtype="Int64"), ["10", "9"]):
        assert named(read({"user": user, "item": ["x", "y"]})) == [("9", "y"), ("10", "x")]
    assert read({"user": [1.5, 2.0], "item": ["x", "y"]})["user"].name == ["1.5", "2.0"]


def test_an_index_in_parquet_is_a_column(read):
    assert named(read({"user": ["a", "b"], "item": ["x", "y"]}, index="user")) == [
        ("a", "x"),
        ("b", "y"),
    ]


def test_dates_in_parquet(read):
    import pandas as pd

    when = pd.to_datetime(["2024-05-02", "2024-05-01"])
    data = read({"user": ["a", "b"], "item": ["x", "y"], "time": when})
    assert data[RATES].time.tolist() == when.as_unit("ns").astype("int64").tolist()


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"user": ["a", None], "item": ["x", "y"]}, "line 2: column 'user' is empty"),
        ({"user": [1, None], "item": ["x", "y"]}, "line 2: column 'user' is empty"),
        (
            {"user": ["a", "b"], "item": ["x", "y"], "time": [1, None]},
            "line 2: 'nan' in column 'time' is neither",
        ),
        ({"user": ["a", "b"], "thing": ["x", "y"]}, "cannot tell which column .* user, thing"),
    ],
)
def test_gaps_and_missing_columns_in_parquet(read, columns, message):
    with pytest.raises(ValueError, match=message):
        read(columns)


def test_a_column_that_is_not_in_parquet(read):
    with pytest.raises(OptionError, match="no column item='itm'.*did you mean item"):
        read({"user": ["a"], "item": ["x"]}, item="itm")


@pytest.mark.parametrize("content", [b"", b"PAR1 and no more"])
def test_a_damaged_parquet_file_is_named(tmp_path, content):
    pytest.importorskip("pyarrow")
    (tmp_path / "r.parquet").write_bytes(content)
    with pytest.raises(ValueError, match=r"r\.parquet is no parquet file"):
        read_interactions(tmp_path / "r.parquet")


def test_a_rating_that_no_row_reaches_is_named(tmp_path):
    (tmp_path / "r.csv").write_text("user,item,stars\na,x,3\n")
    with pytest.raises(ValueError, match=r"r\.csv must hold .* with a rating of at least 4, got"):
        read_interactions(tmp_path / "r.csv", rating="stars", min_rating=4)
