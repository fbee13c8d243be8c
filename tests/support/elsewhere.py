"""A device that is not the CPU, for machines without one.

Tensors of it live on the CPU and say that they do not. A computation of such tensors and of plain
ones fails, as it would on a GPU, so code that makes a tensor on the wrong device shows itself.
Kernels are the CPU's: what a GPU would compute is not tested.
"""

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map_only
from torch.utils.backend_registration import (
    _DummyBackendModule,
    _setup_privateuseone_for_python_backend,
)

NAME = "elsewhere"


class _Module(_DummyBackendModule):
    """What PyTorch asks a device for; its random numbers are those of the CPU."""

    def get_amp_supported_dtype(self):
        return [torch.float16, torch.bfloat16]

    def get_rng_state(self, device=None):
        return torch.get_rng_state()

    def set_rng_state(self, state, device=None):
        torch.set_rng_state(state)


# Once in a process, and before its first backward pass, which counts the devices.
_setup_privateuseone_for_python_backend(NAME, _Module())

# These take tensors of the CPU beside those of a device, on a GPU too.
_MIXING = {"index", "index_put", "index_put_", "_index_put_impl_", "copy_", "_to_copy"}


class There(Tensor):
    """A tensor of the device, around one of the CPU."""

    inner: Tensor

    @staticmethod
    def __new__(cls, inner):
        place = {}
        if inner.layout == torch.strided:
            place = {"strides": inner.stride(), "storage_offset": inner.storage_offset()}
        outer = Tensor._make_wrapper_subclass(
            cls,
            inner.size(),
            **place,
            dtype=inner.dtype,
            layout=inner.layout,
            device=torch.device(NAME, 0),
            requires_grad=inner.requires_grad,
        )
        outer.inner = inner
        return outer

    def tolist(self):
        return self.inner.tolist()

    def __getitem__(self, index):
        # PyTorch would copy a list to the device behind the back of this class.
        return super().__getitem__(torch.tensor(index) if isinstance(index, list) else index)

    def __reduce_ex__(self, protocol):
        return self.inner.__reduce_ex__(protocol)  # as if loaded with map_location="cpu"

    def __repr__(self):
        return f"There({self.inner})"

    @classmethod
    def __torch_dispatch__(cls, func, types, args=(), kwargs=None):
        return _run(func, args, kwargs or {})


class Numbers(torch.Generator):
    """A generator of random numbers for any device; PyTorch has none for this one."""

    def __new__(cls, device="cpu"):
        return super().__new__(cls)


class Elsewhere(TorchDispatchMode):
    """Inside, ``device="elsewhere"`` can be used."""

    def __enter__(self):
        self.before = torch._C._only_lift_cpu_tensors(), torch.Generator
        torch._C._set_only_lift_cpu_tensors(True)  # torch.tensor(...) moves what it made afterwards
        torch.Generator = Numbers
        return super().__enter__()

    def __exit__(self, *exception):
        lifted, torch.Generator = self.before
        torch._C._set_only_lift_cpu_tensors(lifted)
        return super().__exit__(*exception)

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        return _run(func, args, kwargs or {})


def _run(func, args, kwargs):
    name = func._schema.name.split("::")[1]
    tensors = [t for t in tree_leaves((args, kwargs)) if isinstance(t, Tensor)]
    there = [t for t in tensors if isinstance(t, There)]
    here = [tuple(t.shape) for t in tensors if not isinstance(t, There) and t.dim()]
    if there and here and name not in _MIXING:
        raise RuntimeError(f"{func}: expected all tensors on one device, but {here} are on cpu")
    goes = _goes_there(name, args, kwargs, bool(there))
    outer = {id(t.inner): t for t in there}  # what is changed in place is returned as it came in

    def wrapped(t):
        return outer[id(t)] if id(t) in outer else There(t) if goes else t

    kwargs = {k: torch.device("cpu") if k == "device" and v else v for k, v in kwargs.items()}
    args, kwargs = tree_map_only(There, lambda t: t.inner, (args, kwargs))
    return tree_map_only(Tensor, wrapped, func(*args, **kwargs))


def _goes_there(name, args, kwargs, any_there):
    if name == "copy_":
        return isinstance(args[0], There)
    if kwargs.get("device") is not None:
        return torch.device(kwargs["device"]).type == NAME
    return any_there
