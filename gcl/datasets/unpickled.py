r"""What a saved file may be made of beside tensors."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch


@contextmanager
def allowed(things: Sequence[Any]) -> Iterator[None]:
    r"""Inside, ``torch.load(weights_only=True)`` takes ``things`` too; afterwards all is as before.

    ``torch.serialization.safe_globals`` alone forgets what was allowed before by others, such as
    the classes of PyG, whose own files it would then load with a warning.
    """
    known = torch.serialization.get_safe_globals()
    with torch.serialization.safe_globals([thing for thing in things if thing not in known]):
        yield
