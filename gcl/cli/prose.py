r"""Docstrings as plain text: one-line summaries and the help of options."""

import inspect
import re

_MARKUP = (
    (re.compile(r"\s*\(`[^`<]*<[^>]*>`_+[^)]*\)"), ""),  # (`Author <address>`_)
    (re.compile(r"`([^`<]*?)\s*<[^>]*>`_+"), r"\1"),
    (re.compile(r":math:`([^`]*)`"), r"\1"),
    (re.compile(r":\w+:`~[\w.]*\.([^`]*)`"), r"\1"),
    (re.compile(r":\w+:`([^`]*)`"), r"\1"),
    (re.compile(r"`{1,2}([^`]*)`{1,2}"), r"\1"),
    (re.compile(r"\\([a-zA-Z]+)"), r"\1"),  # \tau
)
_SENTENCE_END = re.compile(r"(?<=[.])\s+(?=[A-Z(])")
_ARGUMENT = re.compile(r"^ {4}\*{0,2}(\w+)(?: \([^)]*\))?: (.*(?:\n {8}.*|\n(?=\n {8}))*)", re.M)


def summary(thing: object) -> str:
    r"""The first sentence of a docstring, without markup and closing stop."""
    text = inspect.getdoc(thing) or ""
    return first_sentence(text.split("\n\n")[0]).rstrip(".:")


def argument_help(thing: object) -> dict[str, str]:
    r"""The first sentence on each argument in the ``Args`` section, without markup."""
    _, _, rest = (inspect.getdoc(thing) or "").partition("Args:\n")
    section = re.split(r"^\S", rest, maxsplit=1, flags=re.M)[0]
    return {name: first_sentence(text).rstrip(".") for name, text in _ARGUMENT.findall(section)}


def first_sentence(text: str) -> str:
    r"""The first sentence of ``text`` on one line, without markup."""
    return _SENTENCE_END.split(plain_text(text))[0]


def plain_text(text: str) -> str:
    r"""``text`` on one line, without reStructuredText markup."""
    text = " ".join(text.split())
    for pattern, replacement in _MARKUP:
        text = pattern.sub(replacement, text)
    return text
