"""Two gloo processes that gather their candidates train like one process with all rows."""

import importlib
import os
import tempfile
from functools import partial

import pytest
import torch
from torch import distributed, multiprocessing

from gcl import losses

LOSSES = {
    "nt_xent": partial(losses.nt_xent, temperature=0.5),
    "info_nce": partial(losses.info_nce, temperature=0.5),
    "info_nce, one way": partial(losses.info_nce, symmetric=False),
    "dcl": partial(losses.dcl, temperature=0.5),
    "dcl, weighted": partial(losses.dcl, weighted=True, sigma=0.7, detach_weight=False),
    "debiased_info_nce": partial(losses.debiased_info_nce, tau_plus=0.1),
    "hardness_weighted": partial(losses.hardness_weighted, tau_plus=0.05, beta=0.7),
    "macl": partial(losses.macl, temperature=0.4),
    "jsd": losses.jsd,
    "sup_con": losses.sup_con,
    "sigmoid": partial(losses.sigmoid, scale=3.0, bias=-1.0),
}
LABELS = torch.tensor([0, -1, 2, 0, -1, 2, 0, -1])  # of the four rows of either process
MODULES = [
    losses.NTXent,
    losses.InfoNCE,
    losses.DCL,
    losses.SupCon,
    losses.DebiasedInfoNCE,
    losses.HardnessWeighted,
    losses.MACL,
    losses.JSD,
    losses.Sigmoid,
]


def views_of(rank, rows):
    generator = torch.Generator().manual_seed(rank)
    return torch.randn(2, 4, 3, generator=generator)[:, :rows].double().unbind()


def labels_of(rank, rows):
    return LABELS[4 * rank : 4 * rank + rows]


def work(rank, folder, rows):
    distributed.init_process_group(
        "gloo", init_method=f"file://{folder}/store", rank=rank, world_size=2
    )
    for name, loss in LOSSES.items():
        z1, z2 = (z.clone().requires_grad_() for z in views_of(rank, rows))
        more = (labels_of(rank, rows),) if name == "sup_con" else ()
        value = loss(z1, z2, *more, gather=True, block_size=3)
        value.backward()
        torch.save((value.detach(), z1.grad, z2.grad), os.path.join(folder, f"{name}{rank}.pt"))
    distributed.destroy_process_group()


@pytest.mark.parametrize("rows", [4, 1])  # of one row, only the other process has negatives
def test_two_processes_equal_one(rows):
    with tempfile.TemporaryDirectory() as folder:
        multiprocessing.spawn(work, (folder, rows), nprocs=2)
        for name, loss in LOSSES.items():
            parts = [torch.load(os.path.join(folder, f"{name}{rank}.pt")) for rank in range(2)]
            pairs = [views_of(rank, rows) for rank in range(2)]
            z1, z2 = (torch.cat(z).requires_grad_() for z in zip(*pairs, strict=True))
            y = torch.cat([labels_of(rank, rows) for rank in range(2)])
            value = loss(z1, z2, y) if name == "sup_con" else loss(z1, z2)
            value.backward()
            torch.testing.assert_close((parts[0][0] + parts[1][0]) / 2, value.detach())
            for k, z in ((1, z1), (2, z2)):
                averaged = torch.cat([parts[0][k], parts[1][k]]) / 2  # as DDP averages
                torch.testing.assert_close(averaged, z.grad)


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_one_process_gathers_nothing(loss):
    z1, z2 = torch.randn(4, 3), torch.randn(4, 3)
    assert torch.equal(loss(z1, z2, gather=True), loss(z1, z2))
    with pytest.raises(TypeError, match="gather must be .* got 1"):
        loss(z1, z2, gather=1)


@pytest.mark.parametrize("module", MODULES)
def test_modules_pass_the_option_on(module, monkeypatch):
    functional = importlib.import_module(module.__module__)
    seen = []
    monkeypatch.setattr(
        functional, module.__module__.rsplit(".", 1)[1], lambda *z, **o: seen.append(o["gather"])
    )
    for gather in (True, False):
        module(gather=gather)(torch.randn(4, 3), torch.randn(4, 3))
    assert seen == [True, False]
    with pytest.raises(TypeError, match="gather must be .* got 1"):
        module(gather=1)
