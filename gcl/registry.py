r"""One resolver for every kind of component: a name, a class or a finished instance.

What a package exports in ``__all__`` is what can be named; there is nothing to register.
"""

import inspect
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

from gcl.checks import describe, unknown


def classes(package: ModuleType) -> dict[str, type]:
    r"""All classes exported by ``package``, by snake_case name, in the order of its ``__all__``."""
    exported = (getattr(package, name) for name in package.__all__)
    return {snake_case(c.__name__): c for c in exported if inspect.isclass(c)}


def snake_case(name: str) -> str:
    r"""``EdgeDrop`` -> ``edge_drop``, ``GRACE`` -> ``grace``, ``NTXent`` -> ``nt_xent``."""
    out = ""
    for i, char in enumerate(name):
        after_lower = i > 0 and name[i - 1].islower()
        before_lower = i > 1 and name[i - 1].isupper() and name[i + 1 : i + 2].islower()
        out += "_" if char.isupper() and (after_lower or before_lower) else ""
        out += char.lower()
    return out


def find(name: str, table: Mapping[str, Any], kind: str) -> Any:
    r"""The entry of ``table`` called ``name``, ignoring case, ``-`` and ``_``.

    Raises:
        ValueError: if there is none; the message lists the nearest alternatives.
    """
    by_key = {_key(k): v for k, v in table.items()}
    if _key(name) not in by_key:
        options = ", ".join(table)
        raise ValueError(f"unknown {kind}: {unknown(name, table)}; known: {options}")
    return by_key[_key(name)]


def same_name(first: str, second: str) -> bool:
    r"""Whether two names are the same but for case, ``-`` and ``_``, as in :func:`find`."""
    return _key(first) == _key(second)


def resolve(
    query: str | type | Callable[..., Any], package: ModuleType, kind: str, **options: Any
) -> Any:
    r"""Turn ``query`` into an instance: by name, by class, or the instance itself.

    Raises:
        ValueError: for an unknown name, or options given with a finished instance.
        TypeError: for anything else than a name, a class or a callable.
    """
    if isinstance(query, str):
        query = find(query, classes(package), kind)
    if inspect.isclass(query):
        return query(**options)
    if not callable(query):
        raise TypeError(f"{kind} must be a name, a class or an instance, got {describe(query)}")
    if options:
        given = ", ".join(options)
        raise ValueError(f"{kind} is an instance already; these options would be ignored: {given}")
    return query


def _key(name: str) -> str:
    return name.lower().replace("-", "").replace("_", "")
