import pytest

from gcl.cli.failures import UsageError
from gcl.cli.parser import Parser, peek
from gcl.cli.signature import Option


@pytest.fixture
def parser():
    parser = Parser("cook", "Cook a meal.")
    name = Option("method.name", str, "boil", "how")
    parser.add_group("what", [name, Option("seed", int, 0, "100 % random; default 0")])
    rates = Option("rates", tuple[float, float] | None, (0.1, 0.2), "two rates, D if None")
    heat = Option("heat", float, 0.5, "how hot; default 0.5")
    parser.add_group("options", [heat, rates], prefix="method.")
    parser.add_group(
        "how", [Option("tasks", tuple[str, ...], ("a",), "which")], prefix="evaluation."
    )
    parser.add_switches("if", {"overwrite": "replace it"})
    return parser


@pytest.mark.parametrize(
    ("words", "content"),
    [
        ([], {}),
        (["--seed", "3"], {"seed": 3}),
        (["--method", "fry", "--method.heat", "2"], {"method": {"name": "fry", "heat": 2.0}}),
        (["--method=fry"], {"method": {"name": "fry"}}),
        (["--method.heat", "-1e-3"], {"method": {"heat": -0.001}}),
        (["--method.rates", "0.1,0"], {"method": {"rates": (0.1, 0.0)}}),
        (["--method.rates=[1, 2]"], {"method": {"rates": (1.0, 2.0)}}),
        (["--method.rates", "null"], {"method": {"rates": None}}),
        (["--tasks", "x,y"], {"evaluation": {"tasks": ("x", "y")}}),
        (["--tasks", "x"], {"evaluation": {"tasks": ("x",)}}),
        (["--tasks", "2019,2020"], {"evaluation": {"tasks": ("2019", "2020")}}),
        (["--tasks=yes,no"], {"evaluation": {"tasks": ("yes", "no")}}),
        (["--overwrite"], {"overwrite": True}),
    ],
)
def test_only_what_was_given_is_read(parser, words, content):
    assert parser.read(words) == content


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--sed", "1"], r"unknown option --sed \(did you mean --seed\?\); gcl cook --help"),
        (["--method.haet", "1"], r"unknown option --method.haet \(did you mean --method.heat"),
        (["--method.name", "fry"], "unknown option --method.name"),
        (["--see", "1"], "unknown option --see"),
        (["--seed", "1.5"], "--seed must be a whole number, got '1.5'"),
        (["--method.heat", "hot"], "--method.heat must be a number, got 'hot'"),
        (["--method.rates", "1,2,3"], r"--method.rates must be 2 values .*, got '1, 2, 3'"),
        (["--seed"], "--seed: expected one argument"),
        (["--method"], "--method: expected one argument"),
        (["stray"], "stray follows no option"),
        (["--overwrite=yes"], "--overwrite"),
    ],
)
def test_what_cannot_be_read_is_said(parser, words, message):
    with pytest.raises(UsageError, match=message) as error:
        parser.read(words)
    assert "\n" not in str(error.value)


def test_files_are_checked_by_the_same_options(parser):
    content = {"seed": 2, "method": {"name": "fry", "heat": "1e-3", "rates": [1, 2]}}
    assert parser.check(content, "f.yaml") == {
        "seed": 2,
        "method": {"name": "fry", "heat": 0.001, "rates": (1.0, 2.0)},
    }


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"method": {"haet": 1}}, r"f.yaml: unknown option method.haet \(did you mean method.heat"),
        (
            {"method": {"zzzz": 1}},
            "option method.zzzz; known: method.name, method.heat, method.rates",
        ),
        ({"qqqq": 1}, "unknown option qqqq; known: method, seed, evaluation"),
        ({"seed": "x"}, "f.yaml: seed must be a whole number, got 'x'"),
        ({"seed": True}, "f.yaml: seed must be a whole number, got 'True'"),
    ],
)
def test_wrong_files(parser, content, message):
    with pytest.raises(UsageError, match=message):
        parser.check(content, "f.yaml")


def test_help_shows_what_is_typed_and_each_default_once(parser, capsys):
    with pytest.raises(SystemExit):
        parser.read(["--help"])
    text = capsys.readouterr().out
    assert "usage: gcl cook [OPTIONS]" in text
    assert "--method NAME " in text
    assert "--method.name" not in text
    assert "--tasks NAME,NAME" in text
    assert "100 % random (default: 0)" in text
    assert "two rates, D if null (default: 0.1,0.2)" in text
    assert "how hot (default: 0.5)" in text


def test_peek_takes_the_last_value():
    assert peek(["--out", "a", "--out=b"], "--out") == "b"
    assert peek(["--outer", "a", "--out"], "--out") is None
