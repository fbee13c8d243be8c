from gcl.training.adversarial import GameStep, adversarial_step
from gcl.training.budget import MemoryBudget, memory_budget
from gcl.training.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from gcl.training.denormals import denormals_as_zero
from gcl.training.errors import CheckpointError, TrainingError
from gcl.training.fit import fit
from gcl.training.grad_cache import grad_cache
from gcl.training.result import FitResult
from gcl.training.seeds import seed_all

__all__ = [
    "fit",
    "FitResult",
    "TrainingError",
    "seed_all",
    "grad_cache",
    "memory_budget",
    "MemoryBudget",
    "denormals_as_zero",
    "adversarial_step",
    "GameStep",
    "Checkpoint",
    "CheckpointError",
    "save_checkpoint",
    "load_checkpoint",
]
