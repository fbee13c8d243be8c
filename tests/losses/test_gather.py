"""Two gloo processes that gather their candidates train like one process with all rows."""

import os
import tempfile

import pytest
import torch
from torch import distributed, multiprocessing

from gcl.losses import info_nce, nt_xent

LOSSES = {"nt_xent": nt_xent, "info_nce": info_nce}


def views_of(rank):
    generator = torch.Generator().manual_seed(rank)
    return torch.randn(2, 4, 3, generator=generator).double().unbind()


def work(rank, folder):
    distributed.init_process_group(
        "gloo", init_method=f"file://{folder}/store", rank=rank, world_size=2
    )
    for name, loss in LOSSES.items():
        z1, z2 = (z.clone().requires_grad_() for z in views_of(rank))
        value = loss(z1, z2, temperature=0.5, gather=True, block_size=3)
        value.backward()
        torch.save((value.detach(), z1.grad, z2.grad), os.path.join(folder, f"{name}{rank}.pt"))
    distributed.destroy_process_group()


def test_two_processes_equal_one():
    with tempfile.TemporaryDirectory() as folder:
        multiprocessing.spawn(work, (folder,), nprocs=2)
        for name, loss in LOSSES.items():
            parts = [torch.load(os.path.join(folder, f"{name}{rank}.pt")) for rank in range(2)]
            pairs = [views_of(rank) for rank in range(2)]
            z1, z2 = (torch.cat(z).requires_grad_() for z in zip(*pairs, strict=True))
            value = loss(z1, z2, temperature=0.5)
            value.backward()
            torch.testing.assert_close((parts[0][0] + parts[1][0]) / 2, value.detach())
            for k, z in ((1, z1), (2, z2)):
                averaged = torch.cat([parts[0][k], parts[1][k]]) / 2  # as DDP averages
                torch.testing.assert_close(averaged, z.grad)


@pytest.mark.parametrize("loss", LOSSES.values())
def test_one_process_gathers_nothing(loss):
    z1, z2 = torch.randn(4, 3), torch.randn(4, 3)
    assert torch.equal(loss(z1, z2, gather=True), loss(z1, z2))
    with pytest.raises(TypeError, match="gather must be .* got 1"):
        loss(z1, z2, gather=1)
