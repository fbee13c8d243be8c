import pytest

from gcl.datasets.csv_table import numeric, read_cells, without_header


def write(tmp_path, text):
    path = tmp_path / "t.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_blank_lines_are_left_out_and_lines_counted_from_one(tmp_path):
    cells = read_cells(write(tmp_path, "a,b\n\n1, 2\n\n"))
    assert cells.index.tolist() == [1, 3]
    assert cells.to_numpy().tolist() == [["a", "b"], ["1", "2"]]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("a,b\n1,2\n", 1),
        (",b\n1,2\n", 1),
        ("1,2\n3,4\n", 2),
        ("a,1\n1,2\n", 2),
        ("\ufeff1,2\n", 1),
        ("nan,NaN\n1,2\n", 2),
    ],
)
def test_a_header_has_no_number(tmp_path, text, rows):
    assert len(without_header(read_cells(write(tmp_path, text)))) == rows


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1,2\n3,inf\n", r"t.csv, line 2: 'inf' in column 2 is no finite number"),
        ("1,2\n\n3,\n", r"t.csv, line 3: '' in column 2 is no finite number"),
        ("1,2\n3\n", r"t.csv, line 2: .* in column 2 is no finite number"),
    ],
)
def test_cells_that_are_no_numbers(tmp_path, text, message):
    path = write(tmp_path, text)
    with pytest.raises(ValueError, match=message):
        numeric(read_cells(path), path)


def test_files_that_are_no_tables(tmp_path):
    for text in (b"", b"\xff\xfe\x80", "1,2\n1,2,3\n"):
        with pytest.raises(ValueError, match=r"t.csv is no table"):
            read_cells(write(tmp_path, text))
