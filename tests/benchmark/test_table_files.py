import csv
import json

import pytest

from gcl.benchmark import Config, Row, pool, table_files, write_tables
from gcl.evaluation import Result

CONFIG = Config(dataset="karate")


@pytest.fixture
def lines():
    result = Result({"accuracy": [0.5, 0.7], "macro_f1": [0.4, 0.4]}, "2 splits")
    return pool([Row(CONFIG, "grace", "node", 1.5, result)])


def test_three_files_and_nothing_else(lines, tmp_path):
    write_tables(lines, tmp_path / "new" / "o")
    out = tmp_path / "new" / "o"
    assert sorted(p.name for p in out.iterdir()) == sorted(table_files.TABLES)
    with (out / "table.csv").open() as file:
        assert float(next(csv.DictReader(file))["mean"]) == pytest.approx(0.6)
    scores = json.loads((out / "table.json").read_text())[0]["results"]["node"]["raw"]
    assert scores["accuracy"] == [0.5, 0.7]
    markdown = (out / "table.md").read_text()
    assert "| karate | grace | random | 60.0 ± 14.1 |" in markdown
    assert "- karate, grace, node (random): training seeds 0, each: 2 splits" in markdown


def test_a_failure_keeps_the_old_table(lines, tmp_path, monkeypatch):
    write_tables(lines, tmp_path)
    before = (tmp_path / "table.csv").read_text()

    def fail(lines, path):
        path.write_text("half")
        raise OSError("No space left on device")

    monkeypatch.setattr(table_files, "write_csv", fail)
    with pytest.raises(OSError, match="No space"):
        write_tables(lines, tmp_path)
    assert (tmp_path / "table.csv").read_text() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(table_files.TABLES)
