import pytest

from gcl.datasets.interaction_files import InteractionText, read_text
from gcl.functional.interaction_data import RATES


def test_a_line_of_a_user_and_all_items(tmp_path):
    (tmp_path / "train.txt").write_text("0 3 1\n\n2 0\n1\n")
    assert read_text(tmp_path / "train.txt").tolist() == [[0, 0, 2], [3, 1, 0]]


def test_a_line_of_a_user_an_item_and_more(tmp_path):
    (tmp_path / "train.txt").write_bytes(b"1\t3\t0.5\r\n2\t1\t-4\r\n")
    assert read_text(tmp_path / "train.txt", "pairs").tolist() == [[1, 2], [3, 1]]


def test_both_parts_with_ids_from_one(tmp_path):
    (tmp_path / "a.txt").write_text("1 2\n2 1\n")
    (tmp_path / "b.txt").write_text("1 3\n")
    data = InteractionText(".", "a.txt", "b.txt", layout="pairs", first=1).read(tmp_path)
    assert data[RATES].edge_index.tolist() == [[0, 1], [1, 0]]
    assert data[RATES].test_edge_index.tolist() == [[0], [2]]
    assert (data["user"].num_nodes, data["item"].num_nodes) == (2, 3)
    assert data["item"].name == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("text", "layout", "message"),
    [
        ("0 1\n1 x\n", "lists", r"line 2: 'x' is no whole number"),
        ("0 1\n\n1 2 -3 4\n", "lists", r"line 3: '-3' is no whole number"),
        ("0 1.5\n", "lists", r"line 1: '1.5' is no whole number"),
        ("0 1\n2\n", "pairs", r"line 2: a line must hold a user and an item"),
        ("0 99999999999999999999\n", "pairs", r"line 1: '99999999999999999999' is no whole"),
    ],
)
def test_bad_lines_are_named(tmp_path, text, layout, message):
    (tmp_path / "f.txt").write_text(text)
    with pytest.raises(ValueError, match=message):
        read_text(tmp_path / "f.txt", layout)


def test_unknown_layout(tmp_path):
    with pytest.raises(ValueError, match="layout must be one of lists, pairs"):
        read_text(tmp_path / "f.txt", "table")


def test_no_download(tmp_path):
    with pytest.raises(OSError, match="no download"):
        InteractionText(".").download(tmp_path)
