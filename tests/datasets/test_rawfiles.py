import dataclasses
import os
from pathlib import Path

import pytest

from gcl.datasets import CATALOGUE, rawfiles
from gcl.datasets.rawfiles import fetch, fingerprint, locate

CORA = CATALOGUE["cora"]


@dataclasses.dataclass(frozen=True)
class Fake:
    """Writes the named files of Cora, then fails if told so."""

    files: tuple[str, ...] = CORA.files
    error: BaseException | None = None

    def download(self, root: Path) -> None:
        (root / CORA.folder).mkdir(parents=True)
        for name in self.files:
            (root / CORA.folder / name).write_text(f"new {name}")
        if self.error:
            raise self.error


def entry(**options):
    return dataclasses.replace(CORA, reader=Fake(**options))


def test_download_goes_into_the_folder_below_the_root(tmp_path, cache):
    folder = fetch(entry(), tmp_path / "root")
    assert folder == tmp_path / "root" / "Cora" / "raw"
    assert {p.name for p in folder.iterdir()} == set(CORA.files)
    assert locate(CORA, tmp_path / "root") == folder
    assert not list(cache.iterdir())


def test_files_that_are_there_stay(tmp_path):
    folder = tmp_path / "Cora" / "raw"
    folder.mkdir(parents=True)
    (folder / "ind.cora.x").write_text("mine")
    fetch(entry(), tmp_path)
    assert (folder / "ind.cora.x").read_text() == "mine"
    assert (folder / "ind.cora.y").read_text() == "new ind.cora.y"


def test_a_root_that_cannot_be_written_sends_the_download_to_the_cache(
    tmp_path, cache, monkeypatch
):
    root = tmp_path / "root"
    root.mkdir()
    access = os.access
    monkeypatch.setattr(os, "access", lambda p, m: "root" not in Path(p).parts and access(p, m))
    folder = fetch(entry(), root)
    assert folder == cache / "raw" / "Cora" / "raw"
    assert locate(CORA, root) == folder


@pytest.mark.parametrize("error", [OSError("gone"), None])
def test_failed_download_names_files_and_folder_and_leaves_nothing(tmp_path, cache, error):
    (tmp_path / "Cora" / "raw").mkdir(parents=True)
    (tmp_path / "Cora" / "raw" / "ind.cora.x").write_text("mine")
    with pytest.raises(FileNotFoundError) as info:
        fetch(entry(files=CORA.files[:-1], error=error), tmp_path)
    text = str(info.value)
    assert ("gone" if error else "the download lacks ind.cora.test.index") in text
    assert f"Put {', '.join(CORA.files[1:])} into the folder {tmp_path}/Cora/raw" in text
    assert [p.name for p in (tmp_path / "Cora" / "raw").iterdir()] == ["ind.cora.x"]
    assert not list(cache.iterdir())


def test_interrupted_download_leaves_nothing(tmp_path, cache):
    with pytest.raises(KeyboardInterrupt):
        fetch(entry(error=KeyboardInterrupt()), tmp_path / "root")
    assert not list(cache.iterdir())
    assert not (tmp_path / "root").exists()


def test_interrupted_copy_leaves_nothing_half_written(tmp_path, monkeypatch):
    def copy(source, target):
        Path(target).write_text("half")
        raise KeyboardInterrupt

    monkeypatch.setattr(rawfiles.shutil, "copyfile", copy)
    with pytest.raises(KeyboardInterrupt):
        fetch(entry(), tmp_path)
    assert not list((tmp_path / "Cora" / "raw").iterdir())


def test_fingerprint_depends_on_content_not_on_place(tmp_path):
    for folder in ("a", "b"):
        fetch(entry(), tmp_path / folder)
    one, two = (tmp_path / folder / "Cora" / "raw" for folder in ("a", "b"))
    assert fingerprint(CORA, one) == fingerprint(CORA, two)
    (two / "ind.cora.y").write_text("other")
    assert fingerprint(CORA, one) != fingerprint(CORA, two)


@pytest.mark.parametrize("name", [n for n, e in CATALOGUE.items() if e.files])
def test_without_network_every_set_says_what_to_put_where(name, tmp_path, cache):
    row = CATALOGUE[name]
    with pytest.raises(FileNotFoundError) as info:
        fetch(row, tmp_path / "root")
    text = str(info.value)
    assert all(file in text for file in row.files)
    assert f"into the folder {tmp_path / 'root' / row.folder} " in text
    assert not (tmp_path / "root").exists()
    assert not list(cache.iterdir())
