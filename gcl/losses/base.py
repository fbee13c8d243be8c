r"""What the all-pairs losses share: their numerical options.

Each of them is a pure function of two views and a thin module that holds the options.
"""

from typing import TypedDict

from torch import nn

from gcl.checks import check_choice, check_flag, check_int
from gcl.functional.pairs import PRECISIONS
from gcl.losses.reduce import check_reduction


class StreamOptions(TypedDict):
    r"""How pairs are walked; passed on to the functional twin."""

    precision: str
    block_size: int | None


class Options(StreamOptions):
    r"""Keyword options passed on to the functional twin."""

    reduction: str


class GatherOptions(Options):
    r"""Keyword options of a functional twin that takes candidates from all processes."""

    gather: bool


class StreamedLoss(nn.Module):
    r"""Base of the losses that walk all pairs and give one number only.

    Args:
        precision: ``"highest"``, or ``"bf16"`` for products in bfloat16.
        block_size: edge of the streamed blocks; chosen for the device if None.
    """

    options: StreamOptions

    def __init__(self, *, precision: str = "highest", block_size: int | None = None) -> None:
        super().__init__()
        if block_size is not None:
            check_int(block_size, "block_size", minimum=1)
        self.options = StreamOptions(
            precision=check_choice(precision, "precision", PRECISIONS), block_size=block_size
        )

    def extra_repr(self) -> str:
        r"""Show the options."""
        return ", ".join(f"{name}={value!r}" for name, value in self.options.items())


class PairwiseLoss(StreamedLoss):
    r"""Base of the losses over all pairs of two views, with a value for each row.

    Args:
        precision: ``"highest"``, or ``"bf16"`` for products in bfloat16.
        block_size: edge of the streamed blocks; chosen for the device if None.
        reduction: ``"mean"``, ``"sum"`` or ``"none"`` over the N rows.
    """

    options: Options

    def __init__(
        self,
        *,
        precision: str = "highest",
        block_size: int | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(precision=precision, block_size=block_size)
        self.options = Options(**self.options, reduction=check_reduction(reduction))


class GatheredLoss(PairwiseLoss):
    r"""Base of those that can take the rows of all processes as candidates.

    Args:
        gather: take the rows of all processes of a group.
        precision: ``"highest"``, or ``"bf16"`` for products in bfloat16.
        block_size: edge of the streamed blocks; chosen for the device if None.
        reduction: ``"mean"``, ``"sum"`` or ``"none"`` over the N rows.
    """

    options: GatherOptions

    def __init__(
        self,
        *,
        gather: bool = False,
        precision: str = "highest",
        block_size: int | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(precision=precision, block_size=block_size, reduction=reduction)
        self.options = GatherOptions(**self.options, gather=check_flag(gather, "gather"))
