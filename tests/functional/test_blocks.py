from types import SimpleNamespace

import pytest
import torch

from gcl.functional import blocks
from gcl.functional.blocks import block_shape, limited_blocks
from gcl.functional.pairs import check_walk
from gcl.functional.phi import EXP

CPU, GPU = torch.device("cpu"), torch.device("cuda", 0)


@pytest.fixture
def second_cache(monkeypatch):
    def have(size):
        def sysconf(name):
            assert name == "SC_LEVEL2_CACHE_SIZE"
            if isinstance(size, Exception):
                raise size
            return size

        monkeypatch.setattr(blocks.os, "sysconf", sysconf)
        blocks._second_cache.cache_clear()

    yield have
    blocks._second_cache.cache_clear()


@pytest.mark.parametrize(
    ("size", "shape"),
    [
        (2**20, (1024, 512)),
        (2**19, (512, 256)),
        (2**15, (512, 256)),  # never below half a megabyte
        (2**30, (1024, 512)),  # nor above four
        (0, (1024, 512)),  # unknown
        (ValueError("unrecognized configuration name"), (1024, 512)),
    ],
)
def test_blocks_fit_the_second_cache(second_cache, size, shape):
    second_cache(size)
    assert block_shape(CPU, torch.float32) == shape
    assert shape[0] * shape[1] * 4 <= max(2**19, 2 * 2**20)


def test_wider_numbers_make_smaller_blocks(second_cache):
    second_cache(2**20)
    assert block_shape(CPU, torch.float64) == (512, 256)


@pytest.mark.parametrize(
    ("gigabytes", "edge"), [(80, 8192), (16, 4096), (8, 2048), (1, 1024), (0.1, 1024)]
)
def test_blocks_of_a_gpu_follow_its_memory(monkeypatch, gigabytes, edge):
    properties = SimpleNamespace(total_memory=gigabytes * 2**30)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda device: properties)
    assert block_shape(GPU, torch.float32) == (edge, edge)


def test_a_size_of_ones_own_is_taken():
    z = torch.ones(3, 2)
    walk = check_walk(EXP, z, z, 1.0, 7, "highest", False, 0)
    assert (walk.height, walk.width) == (7, 7)
    walk = check_walk(EXP, z, z, 1.0, None, "highest", False, 0)
    assert (walk.height, walk.width) == block_shape(CPU, torch.float32)


def test_blocks_can_be_limited():
    with limited_blocks(2**14):
        height, width = block_shape(CPU, torch.float32)
        assert height * width * 4 <= 2**14
        with limited_blocks(None):
            assert block_shape(CPU, torch.float32) == (height, width)
    assert block_shape(CPU, torch.float32) > (height, width)
    assert block_shape(CPU, torch.float32, limit=2**14) == (height, width)
    assert block_shape(CPU, torch.float32, limit=1) == (32, 16)  # smaller ones are all overhead
