r"""Files that are written whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    r"""A file beside ``path`` to write to, moved to ``path`` if the block ends well, else removed.

    Its folder has to exist. What was at ``path`` stays until then.

    Raises:
        OSError: for what cannot be written, of the kind that occurred; the message names ``path``.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        try:
            yield part
            os.replace(part, path)
        finally:
            part.unlink(missing_ok=True)  # still there only if something above failed
    except OSError as error:
        raise type(error)(f"cannot write {path}: {error}") from error
