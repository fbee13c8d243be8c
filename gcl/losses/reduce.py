r"""How a loss reduces its rows to what it returns."""

from torch import Tensor

from gcl.checks import check_choice

REDUCTIONS = ("mean", "sum", "none")


def check_reduction(reduction: str) -> str:
    r"""Raise unless ``reduction`` is mean, sum or none."""
    return check_choice(reduction, "reduction", REDUCTIONS)


def reduce_rows(rows: Tensor, reduction: str) -> Tensor:
    r"""Reduce a loss per row [N] to its mean or sum, or leave it."""
    check_reduction(reduction)
    return rows if reduction == "none" else getattr(rows, reduction)()
