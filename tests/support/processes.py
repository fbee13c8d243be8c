"""Processes that tests start."""

import signal
import subprocess


def interruptible(command, **options):
    """Start a process that Ctrl-C reaches, also where the tests run in the background.

    A shell without job control lets its background processes ignore SIGINT, and theirs inherit it.
    """

    def restore():
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    return subprocess.Popen(command, preexec_fn=restore, **options)
