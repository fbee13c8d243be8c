import pytest
import torch

from gcl.functional import processor

CPU = torch.device("cpu")


@pytest.fixture
def system(monkeypatch, tmp_path):
    """Let the system tell this text of its processor."""

    def tell(text):
        path = tmp_path / "cpuinfo"
        path.write_text(text)
        monkeypatch.setattr(processor, "_INFO", path)
        processor.cpu_info.cache_clear()

    yield tell
    processor.cpu_info.cache_clear()


@pytest.mark.parametrize(
    ("vendor", "flags", "fast"),
    [
        ("AuthenticAMD", "avx512f avx512_bf16", True),
        ("AuthenticAMD", "avx2", False),
        ("GenuineIntel", "avx512f avx512_bf16 amx_bf16 amx_tile", True),
        ("GenuineIntel", "avx512f avx512_bf16", False),  # no faster than float32 there
        ("GenuineIntel", "avx512f", False),
    ],
)
def test_which_processors_multiply_bf16(system, vendor, flags, fast):
    system(f"vendor_id\t: {vendor}\nflags\t\t: fpu {flags}\n\nvendor_id\t: other\n")
    assert processor.multiplies_bf16(CPU) is fast
    assert processor.multiplies_bf16(torch.device("cuda"))


def test_a_system_that_tells_nothing(monkeypatch, tmp_path):
    monkeypatch.setattr(processor, "_INFO", tmp_path / "missing")
    processor.cpu_info.cache_clear()
    assert processor.cpu_info() == {}
    assert not processor.multiplies_bf16(CPU)
    assert processor.processor_name()
    processor.cpu_info.cache_clear()


def test_the_name_is_the_systems(system):
    system("model name\t: Some Chip 9000: fast\n")
    assert processor.processor_name() == "Some Chip 9000: fast"
