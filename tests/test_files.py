"""A file is there whole, or as it was before, whatever happens in between."""

import pytest

from gcl.files import written_whole


def _write(path, text, error=None):
    with written_whole(path) as part:
        part.write_text(text)
        if error is not None:
            raise error


def test_the_file_appears_when_the_block_ends(tmp_path):
    path = tmp_path / "file.txt"
    with written_whole(path) as part:
        part.write_text("new")
        assert not path.exists()
    assert path.read_text() == "new"
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError("in between")])
def test_a_failure_leaves_what_was_there_and_nothing_else(tmp_path, error):
    path = tmp_path / "file.txt"
    path.write_text("old")
    with pytest.raises((KeyboardInterrupt, ValueError)):
        _write(path, "half", error)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_what_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("no folder")
    path = tmp_path / "file" / "table.json"
    with pytest.raises(OSError, match=f"cannot write {path}"), written_whole(path):
        pass
    (tmp_path / "folder" / "within").mkdir(parents=True)
    with pytest.raises(OSError, match=r"cannot write .*folder"):
        _write(tmp_path / "folder", "a folder cannot be replaced")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "folder"]
