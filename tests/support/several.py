"""Run a function in two gloo processes and collect what it returns."""

import tempfile
import traceback
from datetime import timedelta
from pathlib import Path

import torch
from torch import distributed, multiprocessing


def in_two_processes(function, *args):
    """What ``function(rank, *args)`` returns in both, or the traceback of what it raises."""
    with tempfile.TemporaryDirectory() as folder:
        multiprocessing.spawn(_work, (folder, function, args), nprocs=2)
        return [torch.load(Path(folder) / f"{rank}.pt", weights_only=False) for rank in range(2)]


def _work(rank, folder, function, args):
    torch.set_num_threads(1)
    distributed.init_process_group(
        "gloo",
        init_method=f"file://{folder}/store",
        rank=rank,
        world_size=2,
        timeout=timedelta(seconds=60),
    )
    try:
        found = function(rank, *args)
    except Exception:
        found = traceback.format_exc()
    torch.save(found, Path(folder) / f"{rank}.pt")
    distributed.destroy_process_group()
