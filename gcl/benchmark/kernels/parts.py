r"""Small parts of a step beside PyTorch's plain form of them.

Legend: N rows, D width.
"""

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn

from gcl.benchmark.kernels.timing import compare
from gcl.encoders import PReLU
from gcl.functional.blocks import block_shape
from gcl.functional.products import add_product, zero_sum
from gcl.functional.tiles import Tile, plan, run

Sides = dict[str, Callable[[], object]]


def time_parts(n: int = 8_000, repeats: int = 9) -> Iterator[dict[str, Any]]:
    r"""One record for each part and width: the activation there and back, and sums of gradients."""
    for dtype in (torch.float32, torch.bfloat16):
        name = f"PReLU, {str(dtype).removeprefix('torch.')}"
        yield _record(name, n, 512, prelu_sides(n, 512, dtype), repeats)
    for width in (4, 10, 32, 64):
        yield _record("product added to a gradient", n, width, sum_sides(n, width), repeats)


def _record(part: str, n: int, width: int, sides: Sides, repeats: int) -> dict[str, Any]:
    seconds = compare(sides, repeats)
    named = {f"{side}_seconds": value for side, value in seconds.items()}
    ratio = seconds["plain"] / seconds["ours"]
    return {"part": part, "N": n, "D": width, **named, "ratio": ratio}


def prelu_sides(n: int, width: int, dtype: torch.dtype) -> Sides:
    r"""Forward and backward of a PReLU with one slope, between two layers of a network."""
    x = torch.randn(n, width, dtype=dtype, requires_grad=True)
    grad = torch.randn(n, width, dtype=dtype)

    def pass_of(module: nn.Module) -> Callable[[], object]:
        wanted = (x, *module.to(dtype).parameters())
        return lambda: torch.autograd.grad(module(x), wanted, grad)

    return {"ours": pass_of(PReLU()), "plain": pass_of(nn.PReLU())}


def sum_sides(n: int, width: int) -> Sides:
    r"""Blocks of weights times rows, added up in tiles as a streamed loss does on its way back."""
    height, columns = block_shape(torch.device("cpu"), torch.float32)
    weights, z = torch.randn(height, columns), torch.randn(n, width)
    rounds = plan(n, n, False, torch.get_num_threads())

    def add_all(total: Tensor) -> Tensor:
        def work(tile: Tile) -> None:
            for out in total[tile.rows].split(height):
                for rows in z[tile.cols].split(columns):
                    add_product(out, weights[: len(out), : len(rows)], rows)

        run(rounds, work)
        return total

    return {
        "ours": lambda: add_all(zero_sum((n, width), z, torch.float32)),
        "plain": lambda: add_all(torch.zeros(n, width)),
    }
