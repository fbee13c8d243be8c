r"""Names of options, checked against the signature of what they configure."""

import inspect
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from gcl.checks import unknown


def allowed(function: Callable[..., Any], reserved: Collection[str]) -> list[str]:
    r"""Names of the arguments of ``function`` that a configuration may set."""
    return [name for name in inspect.signature(function).parameters if name not in reserved]


def required(function: Callable[..., Any], names: Iterable[str]) -> list[str]:
    r"""Those of ``names`` that ``function`` has no default for."""
    parameters = inspect.signature(function).parameters
    return [name for name in names if parameters[name].default is inspect.Parameter.empty]


def check_names(given: Iterable[str], known: Iterable[str], label: str) -> None:
    r"""Raise ValueError for a name that nothing would read; the message lists the nearest."""
    known = list(known)
    for name in given:
        if name not in known:
            raise ValueError(
                f"unknown option {label.format(name)}: {unknown(name, known)}; "
                f"known: {', '.join(known)}"
            )


def plain(options: Mapping[str, Any]) -> dict[str, Any]:
    r"""Options with tuples as lists, as YAML and JSON hold them."""
    return {k: list(v) if isinstance(v, tuple) else v for k, v in options.items()}
