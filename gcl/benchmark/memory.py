r"""Peak memory of this process while it does a piece of work."""

from pathlib import Path
from types import TracebackType

_STATUS, _RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


class PeakMemory:
    r"""Measure the largest resident size of the process inside a ``with`` block.

    ``mib`` is that size in MiB afterwards, libraries and data included. It is None where the
    system does not tell it; Linux does.

    Example:
        >>> with PeakMemory() as peak:
        ...     row = [0] * 1000
        >>> peak.mib is None or peak.mib > 10
        True
    """

    def __init__(self) -> None:
        self.mib: float | None = None
        self._counts = False

    def __enter__(self) -> "PeakMemory":
        try:
            _RESET.write_text("5", encoding="ascii")  # the peak is counted from here on
            self._counts = True
        except OSError:
            self._counts = False
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._counts:
            lines = _STATUS.read_text(encoding="ascii").splitlines()
            kib = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))
            self.mib = kib / 1024
