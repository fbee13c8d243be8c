"""What torchrun says is read, and what does not add up is refused."""

import pytest
import torch

from gcl.training.distributed import launched
from gcl.training.distributed.environment import read_launch

TORCHRUN = {
    "RANK": "3",
    "LOCAL_RANK": "1",
    "WORLD_SIZE": "4",
    "MASTER_ADDR": "localhost",
    "MASTER_PORT": "29500",
}


def test_read():
    launch = read_launch("cpu", TORCHRUN)
    assert (launch.rank, launch.local_rank, launch.world_size) == (3, 1, 4)
    assert (launch.device, launch.backend) == (torch.device("cpu"), "gloo")


def test_device_of_the_machine(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    for device in (None, "cuda"):
        launch = read_launch(device, TORCHRUN)
        assert (launch.device, launch.backend) == (torch.device("cuda", 1), "nccl")
    with pytest.raises(ValueError, match=r"LOCAL_RANK=2 .* but there are 2 here: start at most 2"):
        read_launch("cuda", TORCHRUN | {"LOCAL_RANK": "2"})


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({"RANK": "4"}, "RANK must be below WORLD_SIZE=4, got 4"),
        ({"RANK": "x"}, "RANK must be a whole number of at least 0, got 'x'"),
        ({"WORLD_SIZE": "0"}, "WORLD_SIZE must be a whole number of at least 1, got '0'"),
    ],
)
def test_contradictions(changed, text):
    with pytest.raises(ValueError, match=text):
        read_launch("cpu", TORCHRUN | changed)


def test_missing_variables_are_named():
    with pytest.raises(ValueError, match="but RANK, MASTER_PORT are not set: start .* torchrun"):
        read_launch("cpu", {k: v for k, v in TORCHRUN.items() if k not in ("RANK", "MASTER_PORT")})
    with pytest.raises(ValueError, match="but RANK is not set"):
        read_launch("cpu", {k: v for k, v in TORCHRUN.items() if k != "RANK"})


def test_a_device_of_ones_own():
    with pytest.raises(ValueError, match="device must be 'cpu' or 'cuda' .*got 'cuda:1'"):
        read_launch("cuda:1", TORCHRUN)


def test_launched():
    assert launched(TORCHRUN)
    assert not launched({})
    assert not launched({"WORLD_SIZE": "1"})
    with pytest.raises(ValueError, match="WORLD_SIZE must be a whole number .*'two'"):
        launched({"WORLD_SIZE": "two"})
