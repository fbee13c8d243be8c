from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Optional, Union

import pytest
from torch import nn

from gcl.cli.signature import in_words, is_list, options, placeholder, plain_type


@pytest.mark.parametrize(
    ("hint", "plain"),
    [
        (int, int),
        (str | nn.Module, str),
        (Union[str, nn.Module], str),  # noqa: UP007
        (Optional[float], Optional[float]),  # noqa: UP045
        (nn.Module | None, None),
        (nn.Module, None),
        (tuple[float, float] | None, Optional[tuple[float, float]]),  # noqa: UP045
        (tuple[nn.Module, nn.Module], None),
        (Callable[[int], int], None),
        (dict, None),
        (Sequence[int], tuple[int, ...]),
        (Sequence[nn.Module], None),
    ],
)
def test_the_part_that_text_can_express(hint, plain):
    assert plain_type(hint) == plain


def test_options_of_a_function():
    def train(method: nn.Module, epochs: int, *, lr: float | None = None, name: str | int = "a"):
        """Train.

        Args:
            epochs: how many.
            lr: rate.
        """

    found = options(train, ["method", "epochs", "lr"])
    assert [(o.name, o.type, o.default, o.help) for o in found] == [
        ("epochs", int, None, "how many"),
        ("lr", Optional[float], None, "rate"),  # noqa: UP045
    ]


def test_options_of_a_dataclass():
    @dataclass
    class How:
        """How.

        Args:
            tasks: which.
        """

        tasks: tuple[str, ...] | None = ("a",)

    (option,) = options(How, ["tasks"])
    assert (option.name, option.default, option.help) == ("tasks", ("a",), "which")
    assert is_list(option.type)


def test_types_in_words():
    assert in_words(tuple[float, float] | None) == (
        "2 values separated by commas (each a number) or null"
    )
    assert in_words(int) == "a whole number"
    assert placeholder(tuple[str, ...] | None) == "NAME,NAME"
    assert placeholder(bool) == "true|false"
