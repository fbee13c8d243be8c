r"""A parser that says what it did not understand, and what may have been meant."""

import json
import re
from argparse import Action, RawDescriptionHelpFormatter
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from jsonargparse import ArgumentError, ArgumentParser

from gcl.cli.failures import UsageError
from gcl.cli.nearest import did_you_mean
from gcl.cli.signature import Option, holds_names, in_words, is_list, placeholder

_KEY = re.compile(r'Parser key "([\w.]+)"')
_NEGATIVE = re.compile(r"-[\d.]")
_VALUE = re.compile(r"^\s*(?:Expected .*)?\b(?:Got|Given) value: (.*)", re.M)


# What is typed, and the key that it sets. jsonargparse itself cannot have --method beside
# --method.temperature.
SHORT = {
    "--method": "--method.name",
    "--tasks": "--evaluation.tasks",
    "--memory-budget": "--memory_budget",
}


class _Formatter(RawDescriptionHelpFormatter):
    r"""Help with room for long names, in the spelling that is typed."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=36, width=100)

    def _format_action_invocation(self, action: Action) -> str:
        return _typed(super()._format_action_invocation(action))


class Parser:
    r"""The options of one command.

    Args:
        command: its name, as in ``gcl COMMAND``.
        text: what it does.
        epilog: what follows the options in its help.
        usage: what may follow the command.
    """

    def __init__(self, command: str, text: str, epilog: str = "", usage: str = "[OPTIONS]") -> None:
        self.command = command
        self.parser = ArgumentParser(
            prog=f"gcl {command}",
            usage=f"gcl {command} {usage}",
            description=text,
            epilog=epilog,
            formatter_class=_Formatter,
            exit_on_error=False,
            allow_abbrev=False,
        )
        self.types: dict[str, Any] = {}
        self.flags: dict[str, str] = {"-h": "", "--help": ""}

    def add_group(self, title: str, found: Iterable[Option], *, prefix: str = "") -> None:
        r"""Add options under a heading.

        Args:
            title: the heading.
            found: the options.
            prefix: of their flags and keys, ``"fit."`` for instance.
        """
        group = self.parser.add_argument_group(title)
        for option in found:
            key = f"{prefix}{option.name}"
            self.types[key], self.flags[_typed(f"--{key}")] = option.type, key
            group.add_argument(
                f"--{key}",
                type=option.type,
                default=option.default,
                help=_help(option),
                metavar=option.metavar or placeholder(option.type),
            )

    def add_switches(self, title: str, switches: Mapping[str, str]) -> None:
        r"""Add flags without a value, from their help by name."""
        group = self.parser.add_argument_group(title)
        for name, text in switches.items():
            self.flags[f"--{name}"] = name
            group.add_argument(f"--{name}", action="store_true", help=text)

    def read(self, words: list[str]) -> dict[str, Any]:
        r"""The options given on the command line, nested by the dots in their names.

        Raises:
            UsageError: for an unknown option or a value of the wrong type.
        """
        self._refuse_unknown(words)
        try:
            return self.parser.parse_args(self._rewritten(words), defaults=False).as_dict()
        except ArgumentError as error:
            raise UsageError(self._readable(str(error), flags=True)) from error

    def check(self, content: Mapping[str, Any], source: str) -> dict[str, Any]:
        r"""The values of a file, converted to their types.

        Raises:
            UsageError: naming ``source``, for an unknown key or a value of the wrong type.
        """
        for key in _leaves(content):
            if key not in self.types:
                raise UsageError(f"{source}: unknown option {key}{self._known(key)}")
        try:
            return self.parser.parse_object(dict(content), defaults=False).as_dict()
        except ArgumentError as error:
            raise UsageError(f"{source}: {self._readable(str(error), flags=False)}") from error

    def _known(self, key: str) -> str:
        r"""The nearest alternatives to ``key``, or all of its group."""
        group = key.rpartition(".")[0]
        there = [name for name in self.types if group and name.rpartition(".")[0] == group]
        known = there or dict.fromkeys(name.partition(".")[0] for name in self.types)
        return did_you_mean(key, self.types) or f"; known: {', '.join(known)}"

    def _refuse_unknown(self, words: Collection[str]) -> None:
        for word in words:
            flag = word.split("=")[0]
            if re.match(r"-+[a-zA-Z]", word) and flag not in self.flags:
                hint = did_you_mean(flag, self.flags)
                raise UsageError(
                    f"unknown option {flag}{hint}; gcl {self.command} --help lists all"
                )

    def _rewritten(self, words: list[str]) -> list[str]:
        r"""Short flags written out, and ``a,b`` as ``[a,b]`` where a list is expected."""
        out: list[str] = []
        flag = ""
        for word in words:
            if word.partition("=")[0] in self.flags:
                flag, equals, value = word.partition("=")
                value = self._listed(flag, value) if equals else value
                out.append(f"{SHORT.get(flag, flag)}{equals}{value}")
            elif flag and _NEGATIVE.match(word):  # argparse would take -1e-3 for a flag
                out[-1] += f"={word}"
            else:
                out.append(self._listed(flag, word))
                flag = ""
        return out

    def _listed(self, flag: str, value: str) -> str:
        hint = self.types.get(self.flags.get(flag, ""))
        return _as_list(value, hint) if is_list(hint) else value

    def _readable(self, message: str, *, flags: bool) -> str:
        key, values = _KEY.search(message), _VALUE.findall(message)
        if message.startswith("unrecognized arguments: "):
            _, _, words = message.partition(": ")
            return f"{words} follows no option; gcl {self.command} --help lists them"
        if key is None or not values or key[1] not in self.types:
            return _typed(message.removeprefix("argument ").strip())
        shown = _typed(f"--{key[1]}") if flags else key[1]
        got = values[-1].strip("[]") if flags else values[-1]
        return f"{shown} must be {in_words(self.types[key[1]])}, got {got!r}"


def _help(option: Option) -> str:
    r"""The help of an option with the default in force, in place of one named in the docstring."""
    default = option.default
    text = option.help.replace("None", "null")
    if isinstance(default, tuple | list):
        default = ",".join(map(str, default))
    if isinstance(default, bool):
        default = str(default).lower()
    shown = "" if default in (None, "") else f" (default: {default})"
    text = re.sub(r"; default \S+$", "", text) if shown else text
    return f"{text}{shown}".replace("%", "%%")


def _typed(text: str) -> str:
    r"""``text`` with flags as they are typed."""
    for short, full in SHORT.items():
        text = text.replace(full, short)
    return text


def peek(words: list[str], flag: str) -> str | None:
    r"""The value of ``flag`` in ``words``, before the rest of them can be understood."""
    value = None
    for i, word in enumerate(words):
        if word == flag and i + 1 < len(words):
            value = words[i + 1]
        elif word.startswith(f"{flag}="):
            value = word.partition("=")[2]
    return value


def _leaves(content: Mapping[str, Any], prefix: str = "") -> Iterable[str]:
    for key, value in content.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}"


def _as_list(text: str, hint: Any) -> str:
    if text.startswith("[") or text in ("null", "None"):
        return text
    # YAML would make numbers and booleans of some names.
    return json.dumps(text.split(",")) if holds_names(hint) and text else f"[{text}]"
