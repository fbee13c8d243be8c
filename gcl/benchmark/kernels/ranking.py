r"""All-ranking evaluation at the size of Gowalla, beside whole rows of scores in wide blocks.

Legend: I users, J items, D width, E interactions.
"""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from gcl.benchmark.kernels.timing import compare
from gcl.evaluation import ranking

GOWALLA = (29_858, 40_981, 810_128, 217_242)


def time_ranking(
    sizes: tuple[int, int, int, int] = GOWALLA, width: int = 64, k: int = 20, repeats: int = 3
) -> Iterator[dict[str, Any]]:
    r"""One record: all metrics of :func:`gcl.evaluation.ranking` for every user.

    Interactions and embeddings are random; the time does not depend on what they are. The reference
    takes ``topk`` of a block of 256 users, as released code does, and computes recall alone.

    Args:
        sizes: I, J, and the numbers of training and test interactions.
        width: D.
        k: length of the lists.
        repeats: rounds.
    """
    num_users, num_items, *counts = sizes
    generator = torch.Generator().manual_seed(0)
    train, test = (
        torch.stack(
            [torch.randint(n, (m,), generator=generator) for n in (num_users, num_items)]
        ).unique(dim=1)
        for m in counts
    )
    user, item = (torch.randn(n, width, generator=generator) for n in (num_users, num_items))
    sides = {
        "ours": lambda: ranking(user, item, (train, test), k=k),
        "reference": lambda: plain_recall(user, item, train, test, k),
    }
    seconds = compare(sides, repeats)
    yield {
        "what": f"all metrics at {k} for all users",
        "I": num_users,
        "J": num_items,
        "E": train.size(1),
        "D": width,
        **{f"{side}_seconds": value for side, value in seconds.items()},
        "ratio": seconds["reference"] / seconds["ours"],
    }


def plain_recall(
    user: Tensor, item: Tensor, seen: Tensor, test: Tensor, k: int, block: int = 256
) -> float:
    r"""Recall at k by dense blocks of scores and of held-out items."""
    total, num_users = 0.0, 0
    for start in range(0, len(user), block):
        scores = user[start : start + block] @ item.t()
        held = torch.zeros_like(scores)
        for table, pairs, value in ((scores, seen, -torch.inf), (held, test, 1.0)):
            inside = (pairs[0] >= start) & (pairs[0] < start + block)
            table[pairs[0, inside] - start, pairs[1, inside]] = value
        hits = held.gather(1, scores.topk(k, dim=1).indices).sum(1)
        known = held.sum(1) > 0
        total += float((hits / held.sum(1))[known].sum())
        num_users += int(known.sum())
    return total / num_users
