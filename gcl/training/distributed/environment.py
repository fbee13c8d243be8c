r"""What ``torchrun`` says about a process, in environment variables."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

import torch

NAMES = ("RANK", "LOCAL_RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")
HOW = "start the processes with torchrun --nproc-per-node=N"


@dataclass(frozen=True)
class Launch:
    r"""One process of several, as they were started.

    Attributes:
        rank: its number among all, from 0.
        local_rank: its number among those of its machine.
        world_size: number of processes on all machines.
        device: where it computes.
    """

    rank: int
    local_rank: int
    world_size: int
    device: torch.device

    @property
    def backend(self) -> str:
        r"""What carries messages between devices of this kind."""
        return "nccl" if self.device.type == "cuda" else "gloo"


def launched(environment: Mapping[str, str] | None = None) -> bool:
    r"""Whether this process was started as one of several.

    Raises:
        ValueError: if ``WORLD_SIZE`` is no whole number above 0.
    """
    found = os.environ if environment is None else environment
    return "WORLD_SIZE" in found and _number(found, "WORLD_SIZE", 1) > 1


def read_launch(device: str | None = None, environment: Mapping[str, str] | None = None) -> Launch:
    r"""What the environment says, checked.

    Args:
        device: ``"cpu"`` or ``"cuda"``; CUDA if it is there, else the CPU, if None.
        environment: variables by name; those of the process if None.

    Raises:
        ValueError: for variables that are missing or contradict each other, a device with a number
            of its own, or fewer CUDA devices than processes on the machine.
    """
    found = os.environ if environment is None else environment
    missing = [name for name in NAMES if name not in found]
    if missing:
        raise ValueError(
            f"the environment must say which process this is, but {', '.join(missing)} "
            f"{'is' if len(missing) == 1 else 'are'} not set: {HOW}"
        )
    size = _number(found, "WORLD_SIZE", 1)
    rank, local = _number(found, "RANK", 0), _number(found, "LOCAL_RANK", 0)
    if rank >= size:
        raise ValueError(f"RANK must be below WORLD_SIZE={size}, got {rank}")
    return Launch(rank, local, size, _device(device, local))


def _number(found: Mapping[str, str], name: str, minimum: int) -> int:
    text = found[name]
    if not text.isdecimal() or int(text) < minimum:
        raise ValueError(f"{name} must be a whole number of at least {minimum}, got {text!r}")
    return int(text)


def _device(name: str | None, local_rank: int) -> torch.device:
    if name is None:
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name not in ("cpu", "cuda"):
        raise ValueError(
            f"device must be 'cpu' or 'cuda' with several processes: each takes the device of its "
            f"LOCAL_RANK, got {name!r}"
        )
    if name == "cpu":
        return torch.device("cpu")
    count = torch.cuda.device_count()
    if local_rank >= count:
        raise ValueError(
            f"LOCAL_RANK={local_rank} needs CUDA device {local_rank}, but there are {count} here: "
            f"start at most {count} processes on it (--nproc-per-node), or train on the CPU"
        )
    return torch.device("cuda", local_rank)
