r"""Where raw files are looked for, and where processed files are kept."""

import os
from pathlib import Path

from gcl.checks import describe


def data_root(root: str | os.PathLike[str] | None = None) -> Path:
    r"""The folder that holds the raw files of all sets.

    ``root`` if it is given, else the environment variable ``GCL_DATA_ROOT``, else ``datasets/`` of
    the source checkout that the package runs from, else ``raw/`` in the cache.
    """
    if root is not None and not isinstance(root, str | os.PathLike):
        raise TypeError(f"root must be a path, got {describe(root)}")
    chosen = root if root is not None else os.environ.get("GCL_DATA_ROOT")
    path = Path(chosen).expanduser().absolute() if chosen else _default_root()
    if path.exists() and not path.is_dir():
        raise ValueError(f"root must be a folder, got the file {path}")
    return path


def cache_dir() -> Path:
    r"""The folder of processed files: ``GCL_CACHE``, else ``gcl`` in the user's cache folder."""
    chosen = os.environ.get("GCL_CACHE")
    if chosen:
        return Path(chosen).expanduser().absolute()
    home = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(home).expanduser().absolute() / "gcl"


def make_cache_dir() -> Path:
    r"""Create :func:`cache_dir` where needed.

    Raises:
        OSError: if it cannot be written to; the message says how to choose another.
    """
    path = cache_dir()
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OSError(f"cannot create the cache {path} ({error}); set GCL_CACHE") from error
    if not os.access(path, os.W_OK):
        raise OSError(f"cannot write to the cache {path}; set GCL_CACHE")
    return path


def _default_root() -> Path:
    checkout = Path(__file__).resolve().parents[2]
    if (checkout / "setup.cfg").is_file():
        return checkout / "datasets"
    return cache_dir() / "raw"
