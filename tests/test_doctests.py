"""Every ``Example:`` in a docstring of gcl runs and prints what it says."""

import doctest
import importlib
import pkgutil

import pytest
import torch
from torch_geometric.data import Data

import gcl

MODULES = [m.name for m in pkgutil.walk_packages(gcl.__path__, "gcl.")]
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # what an example writes does not land in the repository


def examples_in(name: str) -> list[doctest.DocTest]:
    module = importlib.import_module(name)
    package = importlib.import_module(name.rpartition(".")[0])
    names = {"torch": torch, "Data": Data, "gcl": gcl, **vars(package), **vars(module)}
    found = doctest.DocTestFinder(exclude_empty=True).find(module, name, globs=names)
    return [test for test in found if test.examples]


@pytest.mark.parametrize("name", MODULES)
def test_examples_hold(name):
    runner = doctest.DocTestRunner(optionflags=FLAGS)
    report: list[str] = []
    for test in examples_in(name):
        torch.manual_seed(0)
        runner.run(test, out=report.append)
    assert runner.summarize(verbose=False).failed == 0, "".join(report)


def test_examples_are_found():
    assert [t.name for t in examples_in("gcl.losses.nt_xent")] == ["gcl.losses.nt_xent.NTXent"]


@pytest.mark.parametrize(
    "package", ["augmenters", "losses", "methods", "regularizers", "encoders", "functional"]
)
def test_public_names_have_an_example(package):
    module = importlib.import_module(f"gcl.{package}")
    lacking = [
        name
        for name in module.__all__
        if ">>>" not in (getattr(module, name).__doc__ or "")
        and not name.islower()  # a function may point to its class
    ]
    assert set(lacking) <= {"Method", "Recommender"}  # the bases alone embed nothing
