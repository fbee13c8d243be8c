r"""The evaluators of the Open Graph Benchmark."""

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_KINDS = {"ogbn": "nodeproppred", "ogbl": "linkproppred", "ogbg": "graphproppred"}


def ogb_evaluator(name: str) -> Any:
    r"""Make the evaluator of a set of the `Open Graph Benchmark
    <https://arxiv.org/abs/2005.00687>`_, from its package ``ogb``.

    The package is imported here, without its search for a newer release on the network. The
    evaluator's ``expected_input_format`` says what ``eval`` takes.

    Args:
        name: such as ``"ogbn-arxiv"``, ``"ogbl-ddi"`` or ``"ogbg-molhiv"``.

    Returns:
        An ``Evaluator`` of ogb.

    Raises:
        ValueError: for a name that ogb does not know.
        ImportError: if ogb is not installed.

    Example:
        >>> evaluator = ogb_evaluator("ogbg-molhiv")
        >>> evaluator.eval_metric
        'rocauc'
    """
    kind = _KINDS.get(str(name).split("-")[0])
    if kind is None:
        raise ValueError(f"name must start with {', '.join(_KINDS)}, got {name!r}")
    with _without_look_for_updates():
        module = importlib.import_module(f"ogb.{kind}")
    try:
        return module.Evaluator(name=name)
    except ValueError as error:
        raise ValueError(f"name must be a set of OGB, got {name!r}: {error}") from error


@contextmanager
def _without_look_for_updates() -> Iterator[None]:
    r"""While ogb is imported, what it asks the network with cannot be."""
    absent = object()
    kept = sys.modules.get("outdated", absent)
    sys.modules["outdated"] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules["outdated"]
        if kept is not absent:
            sys.modules["outdated"] = kept  # type: ignore[assignment]
