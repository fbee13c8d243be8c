r"""Training and evaluation mode of modules."""

from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn


@contextmanager
def evaluating(module: nn.Module) -> Iterator[None]:
    r"""Evaluation mode inside, the mode that the module was in afterwards, also after an error.

    Example:
        >>> module = nn.Dropout()
        >>> with evaluating(module):
        ...     module.training
        False
        >>> module.training
        True
    """
    was_training = module.training
    module.eval()
    try:
        yield
    finally:
        module.train(was_training)
