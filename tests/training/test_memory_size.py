import pytest

from gcl.training.memory_size import in_units, parse_memory, resident


@pytest.mark.parametrize(
    ("size", "count"),
    [
        ("4GB", 4 * 10**9),
        ("512MiB", 512 * 2**20),
        ("1.5 gb", 1_500_000_000),
        ("2kB", 2000),
        ("1TiB", 2**40),
        ("77", 77),
        (77, 77),
    ],
)
def test_units(size, count):
    assert parse_memory(size) == count


@pytest.mark.parametrize("size", ["4G", "GB", "-1GB", "1e9", "", "4 GB GB", "lots"])
def test_no_amount(size):
    with pytest.raises(ValueError, match="memory_budget must be a number with a unit, such as 4GB"):
        parse_memory(size)


def test_nothing_and_no_text():
    with pytest.raises(ValueError, match="memory_budget must be above 0, got '0GB'"):
        parse_memory("0GB")
    for value in (None, 1.5, True):
        with pytest.raises(TypeError, match="memory_budget must be text such as 4GB or a number"):
            parse_memory(value)


def test_amounts_are_read_easily():
    found = [in_units(n) for n in (7, 1_234, 2_500_000, 4 * 10**9, 3 * 10**12)]
    assert found == ["7 B", "1.23 kB", "2.5 MB", "4 GB", "3 TB"]


def test_the_process_takes_more_than_its_libraries():
    assert resident() is None or resident() > 50 * 2**20
