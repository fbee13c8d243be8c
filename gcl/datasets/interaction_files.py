r"""Readers of interactions in text files of whole numbers, a training and a test part each.

Legend: E interactions.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from gcl.checks import check_choice
from gcl.datasets.interactions import interactions

LAYOUTS = ("lists", "pairs")


@dataclass(frozen=True)
class InteractionText:
    r"""Two text files of interactions in one folder.

    Args:
        folder: their folder, relative to the data root.
        train: file of the training part.
        test: file of the test part.
        layout: ``"lists"``: a line holds a user and all items of the user, as in the files of
            `LightGCN <https://github.com/gusye1234/LightGCN-PyTorch>`_; ``"pairs"``: a line
            holds a user, an item and perhaps more, which is not read.
        first: the lowest id, 0 or 1; with 1, users and items keep their ids as ``name``.
    """

    folder: str
    train: str = "train.txt"
    test: str = "test.txt"
    layout: str = "lists"
    first: int = 0

    def read(self, root: Path) -> HeteroData:
        r"""Read both files."""
        parts = [
            read_text(root / self.folder / name, self.layout) - self.first
            for name in (self.train, self.test)
        ]
        if not self.first:
            return interactions(parts[0], test_edge_index=parts[1])
        names = [
            [str(i + self.first) for i in range(1 + max(int(part[row].max()) for part in parts))]
            for row in (0, 1)
        ]
        return interactions(
            parts[0], test_edge_index=parts[1], user_names=names[0], item_names=names[1]
        )

    def download(self, root: Path) -> None:
        r"""Always fail: these files have no address of their own."""
        raise OSError("there is no download for this set")


def read_text(path: Path, layout: str = "lists") -> Tensor:
    r"""The interactions of one file, as listed: [2, E].

    A user without items on a line of ``"lists"`` has no interaction; blank lines are skipped.

    Raises:
        ValueError: naming the file and line, for what is no whole number of 0 or above, or a line
            of ``"pairs"`` without an item.
    """
    check_choice(layout, "layout", LAYOUTS)
    lines = [(i, line.split()) for i, line in enumerate(path.read_text("utf-8").splitlines(), 1)]
    lines = [(i, words) for i, words in lines if words]
    if layout == "pairs":
        short = next((i for i, words in lines if len(words) < 2), None)
        if short is not None:
            raise ValueError(f"{path}, line {short}: a line must hold a user and an item")
        lines = [(i, words[:2]) for i, words in lines]
    counts = torch.tensor([len(words) for _, words in lines], dtype=torch.long)
    numbers = _numbers([word for _, words in lines for word in words], lines, counts, path)
    is_user = torch.zeros(len(numbers), dtype=torch.bool)
    is_user[counts.cumsum(0) - counts] = True
    return torch.stack([numbers[is_user].repeat_interleave(counts - 1), numbers[~is_user]])


def _numbers(
    words: list[str], lines: list[tuple[int, list[str]]], counts: Tensor, path: Path
) -> Tensor:
    try:
        numbers = torch.from_numpy(np.array(words, dtype=np.int64))
    except (ValueError, OverflowError):
        numbers = torch.empty(0, dtype=torch.long)
    if len(numbers) == len(words) and not bool((numbers < 0).any()):
        return numbers
    bad = next(i for i, word in enumerate(words) if not _is_number(word))
    line = lines[int(torch.searchsorted(counts.cumsum(0), bad, right=True))][0]
    raise ValueError(f"{path}, line {line}: {words[bad]!r} is no whole number of 0 or above")


def _is_number(word: str) -> bool:
    return word.isascii() and word.isdigit() and int(word) < 2**63
