"""Dependencies between the sub-packages point one way, and `import gcl` stays light."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import gcl

ROOT = Path(gcl.__file__).parent
LAYERS = [
    {"checks", "files", "modes", "version"},
    {"registry", "per_graph"},
    {"functional"},
    {"augmenters", "encoders", "losses", "loaders", "datasets"},
    {"regularizers"},
    {"methods", "recipes"},
    {"training", "evaluation"},
    {"benchmark", "estimators"},
    {"cli"},
    {"__main__"},
]
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}


def package_of(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return parts[0]


def imported(path):
    """Names of gcl's own sub-packages that a module imports, also inside functions."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module == "gcl":
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("gcl."):
            yield node.module.split(".")[1]
        elif isinstance(node, ast.Import):
            yield from (a.name.split(".")[1] for a in node.names if a.name.startswith("gcl."))


MODULES = sorted(p for p in ROOT.rglob("*.py") if p != ROOT / "__init__.py")


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_point_down(path):
    own = package_of(path)
    for other in set(imported(path)) - {own, "__version__"}:
        assert LEVEL[other] < LEVEL[own], f"{own} must not import {other}"


def test_every_package_has_a_layer():
    assert {package_of(p) for p in MODULES} == set(LEVEL)


def test_import_is_light_and_touches_no_network():
    code = """
import socket, sys
import torch_geometric
asked = []
def refuse(*args, **kwargs):
    asked.append(args)  # a package may well catch the error, so it is not enough to raise one
    raise OSError("network")
socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse
before = set(sys.modules)
import gcl
assert set(sys.modules) - before == {"gcl", "gcl.version"}, sorted(set(sys.modules) - before)
import gcl.augmenters, gcl.encoders, gcl.losses, gcl.methods, gcl.training, gcl.datasets
import gcl.evaluation, gcl.benchmark, gcl.loaders, gcl.recipes, gcl.functional
heavy = {"sklearn", "sknetwork", "matplotlib", "networkx", "ogb", "rich", "jsonargparse"}
new = {name.split(".")[0] for name in set(sys.modules) - before}
print(sorted(heavy & new), asked)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[] []"


def test_subpackages_are_reached_as_attributes():
    assert gcl.losses.NTXent is not None
    assert "methods" in dir(gcl)
    with pytest.raises(AttributeError, match="module 'gcl' has no attribute 'loses'"):
        _ = gcl.loses
