r"""Graph contrastive learning for PyTorch Geometric.

The sub-packages are imported on first use, so that ``import gcl`` stays light.
"""

import importlib
from types import ModuleType

from gcl.version import __version__

_SUBPACKAGES = (
    "augmenters",
    "benchmark",
    "datasets",
    "encoders",
    "estimators",
    "evaluation",
    "functional",
    "loaders",
    "losses",
    "methods",
    "regularizers",
    "training",
)

__all__ = ["__version__", *_SUBPACKAGES]


def __getattr__(name: str) -> ModuleType:
    if name in _SUBPACKAGES:
        return importlib.import_module(f"gcl.{name}")
    raise AttributeError(f"module 'gcl' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
