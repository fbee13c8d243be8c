r"""Statistics of a graph, computed once for each content."""

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Generic, TypeVar
from weakref import ref

import torch
from torch import Tensor

Value = TypeVar("Value")
Mark = tuple[Any, int]  # a reference to a tensor and its version, or another value


class PerGraph(Generic[Value]):
    r"""Remember what ``function`` returns for the content of the tensors and numbers it is given.

    Two graphs of equal content share a value, whatever objects hold them; a tensor that is changed
    in place is a new graph. Tensors that were seen last are recognised without reading them.
    Nothing is remembered where the value may depend on a tensor that requires a gradient: it would
    hold that graph of derivatives, or lack it.

    Args:
        function: called with tensors, numbers and other values that ``==`` and ``repr`` tell
            apart; what it returns is not to be changed.
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

    def __call__(self, *content: Any) -> Value:
        r"""The value for these tensors and numbers; remembered, or computed now."""
        if _needs_grad(content):
            return self.function(*content)
        if self._last is None or not _show(self._last[0], content):
            value = self._find(content) if self.size else self._compute(content)
            if any(value is item for item in content) or any(map(_is_untracked, content)):
                return value  # an argument given back is not kept alive
            self._last = [_mark(item) for item in content], value
        return self._last[1]

    def _find(self, content: tuple[Any, ...]) -> Value:
        key = _digest(content)
        if key not in self._values:
            self._values[key] = self._compute(content)
        self._values.move_to_end(key)
        while len(self._values) > self.size:
            self._values.popitem(last=False)
        return self._values[key]

    def _compute(self, content: tuple[Any, ...]) -> Value:
        r"""The value, of ordinary tensors in inference mode too: training may meet it later."""
        with torch.inference_mode(False), torch.no_grad():
            return self.function(*content)

    def __getstate__(self) -> dict:
        r"""What a copy or a worker process gets: the function, not what was remembered."""
        return {"function": self.function, "size": self.size}

    def __setstate__(self, state: dict) -> None:
        self.__init__(**state)  # type: ignore[misc]


def constant(tensor: Tensor) -> Tensor:
    r"""The tensor without its gradient, for functions that give none: their value is remembered."""
    return tensor.detach() if tensor.requires_grad else tensor


def _needs_grad(content: tuple[Any, ...]) -> bool:
    tensors = (item for item in content if isinstance(item, Tensor))
    return torch.is_grad_enabled() and any(item.requires_grad for item in tensors)


def _is_untracked(item: Any) -> bool:
    r"""Whether writing to this tensor leaves no trace: those made in inference mode."""
    return isinstance(item, Tensor) and item.is_inference()


def _mark(item: Any) -> Mark:
    return (ref(item), item._version) if isinstance(item, Tensor) else (item, 0)


def _show(marks: list[Mark], content: tuple[Any, ...]) -> bool:
    r"""Whether these are the marked tensors, not written to since, and the marked values."""
    return len(marks) == len(content) and all(map(_shows, marks, content))


def _shows(mark: Mark, item: Any) -> bool:
    if not isinstance(item, Tensor):
        return bool(mark[0] == item)
    seen: Any = mark[0]() if isinstance(mark[0], ref) else None
    return seen is item and not _is_untracked(item) and mark[1] == item._version


def _digest(content: tuple[Any, ...]) -> bytes:
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
