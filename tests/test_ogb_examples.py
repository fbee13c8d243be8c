"""The scripts for OGB's sets: short, and running on tiny files of its layout and on real ones."""

import ast
import re
import runpy
import sys
from pathlib import Path

import pytest
from support.ogb_files import write_collab, write_molecules

EXAMPLES = sorted((Path(__file__).resolve().parents[1] / "examples" / "ogb").glob("*.py"))


def run(name, *arguments, monkeypatch, capsys):
    script = next(e for e in EXAMPLES if e.stem == name)
    monkeypatch.setattr(sys, "argv", [str(script), *map(str, arguments)])
    runpy.run_path(str(script), run_name="__main__")
    return capsys.readouterr().out


@pytest.mark.parametrize("script", EXAMPLES, ids=lambda p: p.stem)
def test_is_one_screen_and_says_how_to_run_it(script):
    text = script.read_text("utf-8")
    assert len(text.splitlines()) <= 100
    assert f"python examples/ogb/{script.name}" in ast.get_docstring(ast.parse(text))


def test_nodes(monkeypatch, capsys):
    words = ("--synthetic", "0.003", "--epochs", "1", "--part-nodes", "100")
    out = run("nodes", *words, monkeypatch=monkeypatch, capsys=capsys)
    assert re.search(r"^5 parts in [\d.]+ s, 2 batches$", out, re.M)
    assert len(re.findall(r"accuracy \d+\.\d", out)) == 2


def test_links(tmp_path, monkeypatch, capsys):
    write_collab(tmp_path)
    words = ("--root", tmp_path, "--epochs", "1", "--part-nodes", "4")
    out = run("links", *words, monkeypatch=monkeypatch, capsys=capsys)
    assert len(re.findall(r"valid hits@50 [\d.]+, test hits@50 [\d.]+", out)) == 2


def test_molecules(tmp_path, monkeypatch, capsys):
    write_molecules(tmp_path)
    words = ("--dataset", "ogbg-molbace", "--root", tmp_path, "--epochs", "2")
    out = run("molecules", *words, monkeypatch=monkeypatch, capsys=capsys)
    assert len(re.findall(r"valid rocauc [\d.]+, test rocauc [\d.]+", out)) == 2
    assert "epoch 2: loss" in out


@pytest.mark.slow
@pytest.mark.realdata
@pytest.mark.parametrize("name", ["ogbg-molbace", "ogbg-molbbbp"])
def test_real_molecules(name, data_root, monkeypatch, capsys):
    words = ("--dataset", name, "--root", data_root, "--epochs", "2")
    out = run("molecules", *words, monkeypatch=monkeypatch, capsys=capsys)
    test_scores = [float(v) for v in re.findall(r"test rocauc ([\d.]+)", out)]
    assert len(test_scores) == 2
    assert all(50 < v < 100 for v in test_scores)
