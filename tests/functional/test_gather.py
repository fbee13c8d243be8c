"""Two gloo processes give the loss and gradient of one."""

import os
import tempfile

import pytest
import torch
from torch import distributed, multiprocessing

from gcl.functional.gather import gather_rows
from gcl.functional.pairwise import row_logsumexp

SIZES = (5, 3)


def rows_of(rank):
    return torch.randn(SIZES[rank], 4, generator=torch.Generator().manual_seed(rank)).double()


def loss_of(anchors, candidates, offset):
    return row_logsumexp(
        anchors, candidates, exclude_diagonal=True, diagonal=offset, block_size=3
    ).sum()


def work(rank, folder):
    distributed.init_process_group(
        "gloo", init_method=f"file://{folder}/store", rank=rank, world_size=2
    )
    x = rows_of(rank).requires_grad_()
    everything, offset = gather_rows(x)
    loss = loss_of(x, everything, offset)
    loss.backward()
    torch.save((everything.detach(), loss.detach(), x.grad), os.path.join(folder, f"{rank}.pt"))
    distributed.destroy_process_group()


def test_two_processes_equal_one():
    x = torch.cat([rows_of(0), rows_of(1)]).requires_grad_()
    expected = loss_of(x, x, 0)
    expected.backward()
    with tempfile.TemporaryDirectory() as folder:
        multiprocessing.spawn(work, (folder,), nprocs=2)
        parts = [torch.load(os.path.join(folder, f"{rank}.pt")) for rank in range(2)]
    for everything, _, _ in parts:
        assert torch.equal(everything, x.detach())
    torch.testing.assert_close(parts[0][1] + parts[1][1], expected.detach())
    torch.testing.assert_close(torch.cat([part[2] for part in parts]), x.grad)


def test_one_process_returns_its_own_rows():
    x = torch.ones(3, 2)
    everything, offset = gather_rows(x)
    assert everything is x
    assert offset == 0
    with pytest.raises(ValueError, match=r"x must have 2 dimensions.*\[3\]"):
        gather_rows(torch.ones(3))
