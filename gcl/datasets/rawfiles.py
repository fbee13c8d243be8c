r"""Raw files: finding them, fetching them, and knowing whether they changed."""

import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from gcl.datasets.entry import Entry
from gcl.datasets.paths import cache_dir, make_cache_dir

_HASH_UP_TO = 2**26  # bytes; larger files are known by path, size and time of change


def locate(entry: Entry, root: Path) -> Path | None:
    r"""The folder that holds all raw files of ``entry``: below ``root``, else in the cache."""
    candidates = [root / entry.folder, cache_dir() / "raw" / entry.folder]
    if entry.folder.startswith("OGB/"):  # the package ogb puts its sets right below its root
        candidates.insert(1, root / entry.folder.removeprefix("OGB/"))
    return next((folder for folder in candidates if not lacking(entry, folder)), None)


def lacking(entry: Entry, folder: Path) -> list[str]:
    r"""Names of the raw files of ``entry`` that ``folder`` does not have."""
    return [name for name in entry.files if not (folder / name).is_file()]


def fetch(entry: Entry, root: Path) -> Path:
    r"""Download the raw files of ``entry`` into its folder below ``root``, else into the cache.

    Files arrive in a temporary folder first, so that an interrupted download leaves nothing. Files
    that are there already stay as they are.

    Raises:
        FileNotFoundError: if the download fails, naming the files and the folder to put them in.
    """
    with tempfile.TemporaryDirectory(dir=make_cache_dir(), prefix="tmp-") as temporary:
        try:
            entry.reader.download(Path(temporary))
            missing = lacking(entry, Path(temporary) / entry.folder)
            if missing:
                raise OSError(f"the download lacks {', '.join(missing)}")
        except Exception as error:  # PyG's downloads raise whatever their protocol raises
            raise _missing(entry, root, error) from error
        target = _writable(root / entry.folder) or cache_dir() / "raw" / entry.folder
        for name in lacking(entry, target):
            _install(Path(temporary) / entry.folder / name, target / name)
    return target


def fingerprint(entry: Entry, folder: Path) -> str:
    r"""A short text that changes when the content of a raw file does.

    Cost: reads every file of at most 64 MB.
    """
    digest = hashlib.blake2b(digest_size=10)
    for name in entry.files:
        digest.update(f"{name}\0{_identity(folder / name)}\0".encode())
    return digest.hexdigest()


def _identity(path: Path) -> str:
    stat = path.stat()
    if stat.st_size > _HASH_UP_TO:
        return f"{path.resolve()} {stat.st_size} {stat.st_mtime_ns}"
    return hashlib.blake2b(path.read_bytes(), digest_size=20).hexdigest()


def _missing(entry: Entry, root: Path, error: Exception) -> FileNotFoundError:
    folder = root / entry.folder
    names = ", ".join(lacking(entry, folder))
    return FileNotFoundError(
        f"dataset {entry.name!r} lacks raw files and they could not be downloaded "
        f"({type(error).__name__}: {error}). Put {names} into the folder {folder} "
        f"(source: {entry.reference})"
    )


def _writable(folder: Path) -> Path | None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return folder if os.access(folder, os.W_OK) else None


def _install(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, partial = tempfile.mkstemp(dir=target.parent, prefix=".part-")
    os.close(handle)
    try:
        shutil.copyfile(source, partial)
        os.chmod(partial, 0o644)
        os.replace(partial, target)
    except BaseException:
        Path(partial).unlink(missing_ok=True)
        raise
