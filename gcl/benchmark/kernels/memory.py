r"""Peak memory of a piece of work, measured in a process of its own."""

import subprocess
import sys

_PROGRAM = """
import ctypes
def status(key):
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith(key))
{setup}
work()  # what is loaded and allocated once is not the work's
{again}
trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
if trim is not None:
    trim(0)  # memory that was freed before would serve the work, and hide what it needs
with open("/proc/self/clear_refs", "w") as file:
    file.write("5")  # the peak is measured from here on
before = status("VmRSS")
work()
print((status("VmHWM") - before) / 1024)
"""


def extra_megabytes(setup: str, again: str) -> float | None:
    r"""How much the peak resident memory of a fresh process grows through the work itself.

    Args:
        setup: code that defines ``work()`` on a tiny input.
        again: code that replaces the tiny input by the real one, before ``work()`` runs again.

    Returns:
        MiB beyond what the process held before the second run, its input included in that; None
        if the process was killed for want of memory.

    Raises:
        RuntimeError: if the measured code fails, or the system is no Linux.
    """
    program = _PROGRAM.format(setup=setup, again=again)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    if done.returncode in (-9, 137) or "MemoryError" in done.stderr:
        return None
    if done.returncode:
        raise RuntimeError(f"the measured process failed: {done.stderr.strip()[-500:]}")
    return float(done.stdout.split()[-1])
