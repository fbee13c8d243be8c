r"""Statistics of a graph, computed once for each content."""

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar
from weakref import ref

import torch
from torch import Tensor

Value = TypeVar("Value")
Mark = tuple[ref[Tensor] | int, int]  # a tensor and its version, or a number


class PerGraph(Generic[Value]):
    r"""Remember what ``function`` returns for the content of the tensors and numbers it is given.

    Two graphs of equal content share a value, whatever objects hold them; a tensor that is changed
    in place is a new graph. Tensors that were seen last are recognised without reading them.

    Args:
        function: called with tensors and whole numbers; what it returns is not to be changed.
        size: how many graphs to remember; the one unused for longest is forgotten. With 0 only
            the very tensors that were seen last are recognised: for what is computed sooner than
            their content is read.

    Example:
        >>> degree = PerGraph(lambda edge_index: edge_index[0].bincount())
        >>> degree(torch.tensor([[0, 0], [1, 2]]))
        tensor([2])

    Cost: one pass over the tensors for those not seen last.
    """

    def __init__(self, function: Callable[..., Value], size: int = 4) -> None:
        self.function = function
        self.size = size
        self._values: OrderedDict[bytes, Value] = OrderedDict()
        self._last: tuple[list[Mark], Value] | None = None

    def __call__(self, *content: Tensor | int) -> Value:
        r"""The value for these tensors and numbers; remembered, or computed now."""
        if self._last is None or not _show(self._last[0], content):
            value = self._find(content) if self.size else self.function(*content)
            if any(value is item for item in content):
                return value  # an argument given back is not kept alive
            self._last = [_mark(item) for item in content], value
        return self._last[1]

    def _find(self, content: tuple[Tensor | int, ...]) -> Value:
        key = _digest(content)
        if key not in self._values:
            self._values[key] = self.function(*content)
        self._values.move_to_end(key)
        while len(self._values) > self.size:
            self._values.popitem(last=False)
        return self._values[key]

    def __getstate__(self) -> dict:
        r"""What a copy or a worker process gets: the function, not what was remembered."""
        return {"function": self.function, "size": self.size}

    def __setstate__(self, state: dict) -> None:
        self.__init__(**state)  # type: ignore[misc]


def _mark(item: Tensor | int) -> Mark:
    return (ref(item), item._version) if isinstance(item, Tensor) else (item, 0)


def _show(marks: list[Mark], content: tuple[Tensor | int, ...]) -> bool:
    r"""Whether these are the marked tensors, not written to since, and the marked numbers."""
    return len(marks) == len(content) and all(map(_shows, marks, content))


def _shows(mark: Mark, item: Tensor | int) -> bool:
    if isinstance(item, Tensor):
        return isinstance(mark[0], ref) and mark[0]() is item and mark[1] == item._version
    return mark[0] == item


def _digest(content: tuple[Tensor | int, ...]) -> bytes:
    hasher = hashlib.blake2b(digest_size=16)
    for item in content:
        if not isinstance(item, Tensor):
            hasher.update(f"{item!r};".encode())
            continue
        hasher.update(f"{tuple(item.shape)} {item.dtype} {item.device}".encode())
        values = item.detach().cpu().contiguous()
        if values.numel():
            hasher.update(values.view(-1).view(torch.uint8).numpy().data)
    return hasher.digest()
