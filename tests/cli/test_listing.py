import pytest

from gcl import augmenters, losses
from gcl.cli.listing import KINDS
from gcl.datasets import CATALOGUE
from gcl.registry import classes


def test_everything_in_short(gcl):
    ended = gcl("list")
    assert ended.code == 0
    lines = {line.split()[0]: line for line in ended.out.splitlines() if line}
    assert set(KINDS) <= set(lines)
    assert "grace" in lines["methods"]
    assert "zhu2020_grace_cora" in lines["recipes"]


@pytest.mark.parametrize("kind", KINDS)
def test_one_line_each(gcl, kind):
    header, *rows = gcl("list", kind).out.splitlines()
    assert header.startswith("name")
    assert rows
    assert all(len(row.split()) > 1 for row in rows)
    assert not any(mark in row for row in rows for mark in ("`", ":class:", "\\", "_ <"))


def test_names_are_those_of_the_packages(gcl):
    for kind, expected in (
        ("augmenters", classes(augmenters)),
        ("losses", classes(losses)),
        ("datasets", CATALOGUE),
    ):
        rows = gcl("list", kind).out.splitlines()[1:]
        assert [row.split()[0] for row in rows] == list(expected)


def test_the_base_class_is_no_method(gcl):
    assert "\nmethod " not in gcl("list", "methods").out


def test_presence_of_raw_files(gcl, folder):
    ended = gcl("list", "datasets", "--root", folder)
    lines = {line.split()[0]: line.split()[-1] for line in ended.out.splitlines()}
    assert lines["digits"] == "yes"


def test_wrong_use(fails):
    fails(2, "unknown kind: got 'recpies' (did you mean recipes?)", "list", "recpies")
    fails(2, "--root would be ignored", "list", "losses", "--root", "x")
    fails(2, "more follows no option", "list", "losses", "more")
