r"""Which of several raw files is damaged, told by its format alone."""

import gzip
import json
import pickle
import warnings
import zipfile
from pathlib import Path

_TEXT = (".txt", ".edgelist", ".index")


def find_defects(paths: list[Path]) -> list[str]:
    r"""One sentence for each file that is empty, cut off or not of its format."""
    return [f"{path} {what}" for path in paths if (what := _defect(path))]


def _defect(path: Path) -> str | None:
    try:
        if path.stat().st_size == 0:
            return "is empty"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # old pickles name modules that have moved
            return _broken(path)
    except Exception as error:  # each format has its own way to fail
        return f"is corrupt or truncated: {type(error).__name__}: {error}"


def _broken(path: Path) -> str | None:
    if path.suffix == ".npz":
        with zipfile.ZipFile(path) as archive:
            bad = archive.testzip()
        return f"is corrupt in its member {bad}" if bad else None
    if path.suffix == ".gz":
        with gzip.open(path) as file:
            while file.read(2**20):
                pass
    elif path.suffix == ".json":
        json.loads(path.read_text())
    elif path.suffix == ".mat":
        from scipy.io import loadmat

        loadmat(path)
    elif path.name.startswith("ind.") and path.suffix != ".index":
        with path.open("rb") as file:  # as PyG's own reader has done just before
            pickle.load(file, encoding="latin1")
    elif path.suffix in _TEXT and not _ends_line(path):
        return "is truncated: its last line does not end"
    return None


def _ends_line(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, 2)
        return file.read() == b"\n"
