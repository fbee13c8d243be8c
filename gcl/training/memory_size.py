r"""Amounts of memory as people write them."""

import re
from pathlib import Path

from gcl.checks import describe

_UNITS = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_UNITS |= {"KIB": 2**10, "MIB": 2**20, "GIB": 2**30, "TIB": 2**40}
_SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([a-zA-Z]*)\s*")


def parse_memory(size: str | int, name: str = "memory_budget") -> int:
    r"""The bytes of ``"4GB"``, ``"512MiB"`` or a plain number of bytes.

    Units are B, kB, MB, GB, TB (powers of 1000) and KiB, MiB, GiB, TiB (of 1024), in any case.

    Raises:
        TypeError, ValueError: for anything else, or no more than 0.

    Example:
        >>> parse_memory("1.5GB"), parse_memory("2KiB"), parse_memory(7)
        (1500000000, 2048, 7)
    """
    if isinstance(size, bool) or not isinstance(size, str | int):
        raise TypeError(f"{name} must be text such as 4GB or a number, got {describe(size)}")
    found = _SIZE.fullmatch(str(size))
    if found is None or found[2].upper() not in _UNITS:
        raise ValueError(
            f"{name} must be a number with a unit, such as 4GB or 512MiB; got {size!r}"
        )
    count = int(float(found[1]) * _UNITS[found[2].upper()])
    if count <= 0:
        raise ValueError(f"{name} must be above 0, got {size!r}")
    return count


def in_units(count: float) -> str:
    r"""Bytes as a number that is easy to read.

    Example:
        >>> in_units(1_530_000_000), in_units(2_000)
        ('1.53 GB', '2 kB')
    """
    for unit, size in (("TB", 10**12), ("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= size:
            return f"{count / size:.3g} {unit}"
    return f"{count:.0f} B"


def resident() -> int | None:
    r"""Bytes of this process that are in memory now; None where the system does not tell."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    return next((int(s.split()[1]) * 1024 for s in status if s.startswith("VmRSS:")), None)
