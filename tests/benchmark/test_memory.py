import pathlib

import pytest
import torch

from gcl.benchmark import memory
from gcl.benchmark.memory import PeakMemory


@pytest.mark.skipif(not pathlib.Path("/proc/self/clear_refs").exists(), reason="no Linux")
def test_the_peak_is_that_of_the_block_alone():
    torch.ones(60_000_000).sum()  # 229 MiB, freed again before the block
    with PeakMemory() as small:
        torch.ones(1000).sum()
    with PeakMemory() as large:
        torch.ones(40_000_000).sum()  # 153 MiB
    assert 140 < large.mib - small.mib < 200


def test_where_the_system_does_not_tell_there_is_no_figure(monkeypatch, tmp_path):
    monkeypatch.setattr(memory, "_RESET", tmp_path / "missing" / "clear_refs")
    with PeakMemory() as peak:
        torch.ones(10).sum()
    assert peak.mib is None
