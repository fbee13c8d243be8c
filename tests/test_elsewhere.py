"""The stand-in for a GPU refuses what a GPU would refuse."""

import pytest
import torch


def test_tensors_of_two_devices_do_not_meet(device):
    there = torch.arange(3.0, device=device)
    with pytest.raises(RuntimeError, match="device"):
        there + torch.ones(3)
    with pytest.raises(RuntimeError, match="device"):
        torch.cat([there, torch.ones(3)])
    with pytest.raises((RuntimeError, TypeError)):
        there.numpy()
    assert (there + 1).tolist() == [1.0, 2.0, 3.0]  # numbers may


def test_tensors_are_moved_and_keep_their_gradient(device):
    here = torch.ones(3, requires_grad=True)
    there = here.to(device)
    there.mul(2).sum().backward()
    assert (there.device.type, here.grad.tolist()) == (device, [2.0, 2.0, 2.0])
    assert there.cpu().device.type == "cpu"


def test_work_in_place_is_seen_through_views(device):
    x = torch.zeros(2, 3, device=device)
    x[1].add_(1)
    x[:, 0] = 5.0
    assert x.tolist() == [[5.0, 0.0, 0.0], [5.0, 1.0, 1.0]]
