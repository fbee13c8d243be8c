r"""Options derived from the signature and docstring of a method, a function or a dataclass."""

import inspect
import types
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Union, get_args, get_origin, get_type_hints

from gcl.cli.prose import argument_help

NONE = type(None)
_WORDS = {int: "a whole number", float: "a number", bool: "true or false", str: "text"}


@dataclass(frozen=True)
class Option:
    r"""One option: its name, type, default and help, and what stands for its value there."""

    name: str
    type: Any
    default: Any
    help: str
    metavar: str | None = None


def options(function: Callable[..., Any], names: Collection[str]) -> list[Option]:
    r"""Those arguments of ``function`` among ``names`` that text can express."""
    call = function.__init__ if inspect.isclass(function) else function
    hints, texts = get_type_hints(call), argument_help(function)
    found = []
    for name, parameter in inspect.signature(function).parameters.items():
        hint = plain_type(hints[name])
        if name in names and hint is not None:
            default = None if parameter.default is parameter.empty else parameter.default
            found.append(Option(name, hint, default, texts.get(name, "")))
    return found


def defaults(found: Collection[Option]) -> Mapping[str, Any]:
    r"""The defaults of options by name."""
    return {option.name: option.default for option in found}


def plain_type(hint: Any) -> Any:
    r"""The part of a type hint that text can express, None if there is none.

    A method's ``str | nn.Module`` is a ``str`` on the command line, a sequence of any length a
    tuple.
    """
    if get_origin(hint) in (Union, types.UnionType):
        members = [member for member in get_args(hint) if plain_type(member) is not None]
        return Union[tuple(members)] if set(members) - {NONE} else None  # noqa: UP007
    if get_origin(hint) is Sequence:
        return plain_type(types.GenericAlias(tuple, (*get_args(hint), ...)))
    if get_origin(hint) is tuple:
        known = all(part is ... or plain_type(part) is not None for part in get_args(hint))
        return hint if known else None
    return hint if hint in (*_WORDS, NONE) else None


def is_list(hint: Any) -> bool:
    r"""Whether an option of this type takes several values."""
    return get_origin(hint) is tuple or any(get_origin(part) is tuple for part in get_args(hint))


def holds_names(hint: Any) -> bool:
    r"""Whether the values of a list are all text."""
    parts = get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)
    lists = [part for part in parts if get_origin(part) is tuple]
    return all(set(get_args(part)) <= {str, ...} for part in lists)


def placeholder(hint: Any) -> str:
    r"""What stands for the value in the help."""
    if get_origin(hint) in (Union, types.UnionType):
        return placeholder(next(part for part in get_args(hint) if part is not NONE))
    if get_origin(hint) is tuple:
        return ",".join([placeholder(get_args(hint)[0])] * 2)
    return {int: "N", float: "X", bool: "true|false", str: "NAME"}[hint]


def in_words(hint: Any) -> str:
    r"""What a type accepts, for error messages."""
    if get_origin(hint) in (Union, types.UnionType):
        return " or ".join(in_words(part) for part in get_args(hint))
    if hint is NONE:
        return "null"
    if get_origin(hint) is tuple:
        parts = get_args(hint)
        many = "values" if ... in parts else f"{len(parts)} values"
        return f"{many} separated by commas (each {in_words(parts[0])})"
    return _WORDS[hint]
