r"""The global random state: seeding it, keeping it, putting it back."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from gcl.checks import check_int


def seed_all(seed: int) -> None:
    r"""Seed the global generators of torch (CPU and every accelerator), numpy and ``random``.

    Generators of your own (``torch.Generator``, ``numpy.random.Generator``) and the choice of
    deterministic kernels (``torch.use_deterministic_algorithms``) are not touched.

    Args:
        seed: an integer in [0, 2**32), the range numpy accepts.

    Raises:
        ValueError: for a seed outside that range.
        TypeError: for a seed that is not an integer.

    Example:
        >>> import torch
        >>> from gcl.training import seed_all
        >>> seed_all(1)
        >>> first = torch.rand(2)
        >>> seed_all(1)
        >>> torch.equal(first, torch.rand(2))
        True
    """
    if check_int(seed, "seed") >= 2**32:
        raise ValueError(f"seed must be below 2**32, got {seed}")
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


class RandomState(NamedTuple):
    r"""The state of every global generator; cheap to take, as nothing is converted."""

    python: tuple[Any, ...]
    numpy: tuple[Any, ...]
    torch: Tensor
    cuda: list[Tensor]

    @classmethod
    def now(cls) -> "RandomState":
        r"""The present state: a few kilobytes, and one device query where CUDA is in use."""
        used = torch.cuda.is_available() and torch.cuda.is_initialized()
        cuda = torch.cuda.get_rng_state_all() if used else []
        state = np.random.get_state(legacy=True)
        return cls(random.getstate(), tuple(state), torch.get_rng_state(), cuda)

    def restore(self) -> None:
        r"""Put the generators back; states of CUDA devices that are not here are left out."""
        random.setstate(self.python)
        np.random.set_state(self.numpy)
        torch.set_rng_state(self.torch)
        for device, state in enumerate(self.cuda[: torch.cuda.device_count()]):
            torch.cuda.set_rng_state(state, device)

    def pack(self) -> dict[str, Any]:
        r"""As tensors and numbers only, the form a checkpoint holds."""
        version, words, gauss = self.python
        name, keys, *rest = self.numpy
        return {
            "python": [version, torch.tensor(words, dtype=torch.int64), gauss],
            "numpy": [name, torch.from_numpy(keys.astype(np.int64)), *rest],
            "torch": self.torch,
            "cuda": list(self.cuda),
        }

    @classmethod
    def unpack(cls, packed: dict[str, Any]) -> "RandomState":
        r"""The inverse of :meth:`pack`."""
        version, words, gauss = packed["python"]
        name, keys, *rest = packed["numpy"]
        python = (version, tuple(words.tolist()), gauss)
        numpy = (name, keys.numpy().astype(np.uint32), *rest)
        return cls(python, numpy, packed["torch"], packed["cuda"])


@contextmanager
def random_state_kept() -> Iterator[None]:
    r"""Whatever is drawn inside leaves the global generators as they were."""
    before = RandomState.now()
    try:
        yield
    finally:
        before.restore()
