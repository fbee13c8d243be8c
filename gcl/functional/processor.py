r"""What the processor of this machine is, and what it does well."""

import platform
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import torch

_INFO = Path("/proc/cpuinfo")


@cache
def cpu_info() -> Mapping[str, str]:
    r"""What Linux tells of the first core, by name: "vendor_id", "flags"; empty elsewhere.

    Example:
        >>> isinstance(cpu_info().get("flags", ""), str)
        True
    """
    try:
        text = _INFO.read_text(encoding="utf-8")
    except OSError:
        return {}
    lines = (line.partition(":") for line in text.partition("\n\n")[0].splitlines())
    return {name.strip(): value.strip() for name, _, value in lines}


def processor_name() -> str:
    r"""The processor's name as the system gives it."""
    return cpu_info().get("model name") or platform.processor() or platform.machine()


def multiplies_bf16(device: torch.device) -> bool:
    r"""Whether products in bfloat16 are faster on a device than those in float32.

    Accelerators have them. Of CPUs those do that have matrix tiles (AMX), or AMD's AVX-512
    instructions for bfloat16; Intel's come to the rate of float32 at best. Older CPUs take up to 20
    times as long, and what a system does not tell counts as such.
    """
    if device.type != "cpu":
        return True
    flags = cpu_info().get("flags", "").split()
    amd = cpu_info().get("vendor_id") == "AuthenticAMD"
    return "amx_bf16" in flags or (amd and "avx512_bf16" in flags)
