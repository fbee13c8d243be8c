r"""The command ``gcl``: one file per command, a thin layer over :mod:`gcl.benchmark`."""

from gcl.cli.dispatch import main

__all__ = ["main"]
