r"""The gradient of a loss over a batch whose encoder runs chunk by chunk.

Legend: C chunks, N rows of all chunks together, D width.
"""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor

from gcl.checks import describe
from gcl.training.seeds import RandomState, random_state_kept

Rows = Tensor | tuple[Tensor, ...]

# Relative difference of the two passes above which the second is no replay of the first. Sums in
# another order differ by far less, another dropout mask by far more.
_TOLERANCE = 1e-2


def grad_cache(
    encode: Callable[[Any], Rows], chunks: Iterable[Any], loss: Callable[..., Tensor]
) -> Tensor:
    r"""Back-propagate a loss over all chunks while the graph of one chunk at most is in memory
    (`GradCache <https://arxiv.org/abs/2101.06983>`_).

    1. Every chunk is encoded without a graph, and the state of the random generators before it is
       noted.
    2. The loss of all representations together is computed, and its gradient in them.
    3. Every chunk is encoded again, with the generators put back so that dropout and augmentations
       draw the same, and the chunk's part of the gradient is propagated through it.

    Gradients are *added* to ``.grad``, as by ``loss.backward()``: zero them before, step the
    optimiser after. They are those of the whole batch, to rounding, if the encoder treats chunks
    independently. The generators are left as they were after the loss.

    Limits:

    - Chunks have to be independent inputs: sub-graphs, graphs, seeds with their neighbourhoods. The
      nodes of one full graph are not; there, only the loss can be walked in blocks, as the losses
      of this package do.
    - BatchNorm in training mode normalises each chunk by itself, so the result is not that of the
      whole batch, and updates its running statistics twice per call.
    - Only the global generators are replayed. An augmenter with a ``generator=`` of its own draws
      anew, which is an error.
    - DistributedDataParallel reduces gradients at each chunk: wrap all but the last in its
      ``no_sync()``, or reduce by hand.

    Args:
        encode: maps a chunk to its rows, a tensor [n, D] or a tuple of them (two views, say). It is
            called twice per chunk.
        chunks: the batch in parts; held in memory until the end.
        loss: maps all rows, in the order of the chunks, to a scalar; called with one argument for
            each tensor of ``encode``. Its own parameters get their gradient too.

    Returns:
        The value of the loss, detached.

    Raises:
        TypeError: if ``encode`` or ``loss`` gives something else than tensors.
        ValueError: without chunks; for a loss that is no scalar or does not depend on the rows; for
            rows that nothing learnable went into.
        RuntimeError: if the second pass does not repeat the first.

    Cost:
        Two forward passes and one backward pass; memory of one chunk's graph plus O(N D).

    Example:
        >>> from gcl.losses import InfoNCE
        >>> encoder = torch.nn.Sequential(torch.nn.Linear(5, 4), torch.nn.Dropout(0.1))
        >>> x = torch.randn(12, 5)
        >>> value = grad_cache(lambda part: (encoder(part), encoder(part)), x.split(3), InfoNCE())
        >>> encoder[0].weight.grad.shape
        torch.Size([4, 5])
    """
    parts, states, first = [], [], []
    with torch.no_grad():
        for chunk in chunks:
            parts.append(chunk)
            states.append(RandomState.now())
            first.append(_rows(encode(chunk)))
    if not parts:
        raise ValueError("chunks must hold one chunk or more, got none")
    value, gradients = _gradients(first, loss)
    with random_state_kept():
        for i, (chunk, state) in enumerate(zip(parts, states, strict=True)):
            state.restore()
            _propagate(_rows(encode(chunk)), first[i], gradients[i], i)
    return value


def _rows(out: object) -> tuple[Tensor, ...]:
    rows = out if isinstance(out, tuple) else (out,)
    if not rows or not all(isinstance(z, Tensor) for z in rows):
        raise TypeError(f"encode must give a tensor or a tuple of tensors, got {describe(out)}")
    return rows


def _gradients(
    first: list[tuple[Tensor, ...]], loss: Callable[..., Tensor]
) -> tuple[Tensor, list[tuple[Tensor, ...]]]:
    r"""The loss of all rows, and its gradient in those of each chunk; parameters keep theirs."""
    columns = list(zip(*first, strict=True))
    leaves = [torch.cat(column).requires_grad_() for column in columns]
    with torch.enable_grad():
        value = loss(*leaves)
    if not isinstance(value, Tensor):
        raise TypeError(f"loss must give a scalar tensor, got {describe(value)}")
    if value.dim() != 0:
        raise ValueError(f"loss must give a scalar, got {describe(value)}")
    if not value.requires_grad:
        raise ValueError("loss must depend on the rows of encode, got a value without gradient")
    value.backward()
    pieces = [torch.zeros_like(z) if z.grad is None else z.grad for z in leaves]
    split = [g.split([len(z) for z in c]) for g, c in zip(pieces, columns, strict=True)]
    return value.detach(), list(zip(*split, strict=True))


def _propagate(
    again: tuple[Tensor, ...],
    first: tuple[Tensor, ...],
    gradient: tuple[Tensor, ...],
    number: int,
) -> None:
    for z, old in zip(again, first, strict=True):
        difference = (z.detach() - old).norm()
        if difference > _TOLERANCE * old.norm():
            raise RuntimeError(
                f"encode must repeat itself, but chunk {number} came out differently the second "
                f"time (by {difference.item():.3g}, norm {old.norm().item():.3g}): does it draw "
                "from a generator of its own, or change state?"
            )
    learnt = [(z, g) for z, g in zip(again, gradient, strict=True) if z.requires_grad]
    if not learnt:
        raise ValueError(f"encode gave rows without a gradient for chunk {number}")
    torch.autograd.backward([z for z, _ in learnt], [g for _, g in learnt])
