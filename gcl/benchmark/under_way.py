r"""Where a table keeps its trainings until their line is written: a stop costs no epochs."""

import hashlib
import shutil
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from gcl.benchmark.config import Config
from gcl.benchmark.rec_config import RecConfig
from gcl.training.folder import CHECKPOINT

FOLDER = "under_way"


class UnderWay:
    r"""The folders of the trainings of a table, one for each run and seed.

    A run is recognised by all of its options, not by where its raw data lie or what was published.

    Args:
        out: the folder of the table; nothing is kept without it.

    Example:
        >>> UnderWay(Path("table")).folder(Config()).parent
        PosixPath('table/under_way')
    """

    def __init__(self, out: Path | None) -> None:
        self.path = None if out is None else out / FOLDER

    def folder(self, config: Config | RecConfig) -> Path | None:
        r"""The folder of a training, which may not exist yet."""
        if self.path is None:
            return None
        content = repr(replace(config, root=None, published=()).to_dict())
        digest = hashlib.sha256(content.encode()).hexdigest()[:12]
        return self.path / f"{config.method}-{digest}"

    def forget(self, configs: Iterable[Config | RecConfig]) -> None:
        r"""Remove trainings whose line is written."""
        for folder in map(self.folder, configs):
            if folder is not None and folder.exists():
                shutil.rmtree(folder)
        if self.path is not None and self.path.exists() and not any(self.path.iterdir()):
            self.path.rmdir()

    def clear(self) -> None:
        r"""Remove them all."""
        if self.path is not None and self.path.exists():
            shutil.rmtree(self.path)

    @property
    def count(self) -> int:
        r"""How many trainings there are."""
        return 0 if self.path is None or not self.path.exists() else len(list(self.path.iterdir()))


def has_begun(folder: Path | None) -> bool:
    r"""Whether there is a training in a folder to go on with."""
    return folder is not None and (folder / CHECKPOINT).exists()
