r"""Training in several processes, each with its share of every batch."""

from gcl.functional.processes import ProcessError
from gcl.training.distributed.environment import Launch, launched
from gcl.training.distributed.group import process_group
from gcl.training.distributed.shares import Divided

__all__ = ["process_group", "launched", "Launch", "Divided", "ProcessError"]
