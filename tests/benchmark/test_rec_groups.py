"""Groups of users and items in the table of recommenders."""

import json

import pytest
import torch

from gcl.benchmark.ranking_plots import plot_rec_groups
from gcl.benchmark.rec_entries import entries
from gcl.benchmark.rec_groups import KINDS, groups_sections, mean_groups, measured_groups
from gcl.benchmark.rec_suite import run_rec_suite
from gcl.benchmark.rec_table import read_rec_json, rec_groups, write_rec_tables
from gcl.evaluation import RankingGroup, ranking, ranking_groups


def group(recall, low=0):
    return RankingGroup(low, 3, 10, 12, {"recall@20": recall})


def test_scores_are_means_over_seeds():
    (first, second) = mean_groups([[group(0.1), group(0.2, 1)], [group(0.3), group(0.4, 1)]])
    assert first == group(pytest.approx(0.2))
    assert second == group(pytest.approx(0.3), 1)


def test_where_groups_differ_those_of_the_first_seed_are_kept():
    assert mean_groups([[group(0.1)], [group(0.3, low=1)]]) == (group(0.1),)
    assert mean_groups([[group(0.1)], [group(0.3), group(0.3, 1)]]) == (group(0.1),)


@pytest.fixture
def line(tmp_path):
    rows = [f"u{u},i{i}" for u in range(40) for i in range(50) if (u * i) % 7 < 2 + u % 3]
    path = tmp_path / "likes.csv"
    path.write_text("\n".join(["user,item", *rows]))
    quick = {"epochs": 2, "probe_every": 1, "patience": 2}
    *_, entry = entries(["light_gcn"], [str(path)], fit=quick, tune=False)
    (line,) = run_rec_suite([entry], seeds=1)
    return line


def test_a_line_holds_groups_that_agree_with_its_score(line):
    assert tuple(line.groups) == KINDS
    recall = line.result["recall@20"].mean
    assert sum(g.scores["recall@20"] for g in line.groups["items"]) == pytest.approx(recall)
    users = line.groups["users"]
    whole = sum(g.count * g.scores["recall@20"] for g in users) / sum(g.count for g in users)
    assert whole == pytest.approx(recall)


def test_groups_are_those_of_the_test_part(line):
    class Run:
        h = {"user": torch.rand(4, 2), "item": torch.rand(30, 2)}
        split = (torch.tensor([[0, 1, 1, 2], [0, 1, 2, 3]]), torch.tensor([[0, 1, 3], [4, 5, 6]]))

    found = measured_groups([Run])
    for kind in KINDS:
        how = {"by": kind, "k": 20, "metrics": ["recall"]}
        assert list(found[kind]) == ranking_groups(*Run.h.values(), Run.split, **how)
    recall = ranking(*Run.h.values(), Run.split, k=20, metrics=["recall"])["recall@20"].mean
    assert sum(g.scores["recall@20"] for g in found["items"]) == pytest.approx(recall)


def test_files_hold_groups_and_plots(line, tmp_path):
    write_rec_tables([line], tmp_path / "o")
    (again,) = read_rec_json(tmp_path / "o" / "rec.json")
    assert again.groups == line.groups
    text = (tmp_path / "o" / "rec.md").read_text()
    for section in groups_sections({"light_gcn": line.groups}, line.config.dataset).values():
        assert section in text
    plot_rec_groups(rec_groups([again]), tmp_path / "o")
    for kind in KINDS:
        assert (tmp_path / "o" / f"rec_likes_{kind}.png").read_bytes().startswith(b"\x89PNG")


def test_a_section_has_a_row_for_each_method_and_a_column_for_each_group():
    methods = {"a": {"users": (group(0.25), group(0.5, 3)), "items": (group(0.125),)}}
    methods["b"] = methods["a"]
    sections = groups_sections(methods, "lastfm")
    lines = sections["users"].splitlines()
    assert lines[0].startswith("lastfm: Recall@20 by the training interactions of the user")
    assert lines[2] == "| method | 0-3 (10) | 3 (10) |"
    assert lines[4:] == ["| a | 25.00 | 50.00 |", "| b | 25.00 | 50.00 |"]
    assert "| a | 12.50 |" in sections["items"]
    assert groups_sections({}, "lastfm") == {}


def test_a_file_without_groups_is_no_table_of_recommenders(line, tmp_path):
    write_rec_tables([line], tmp_path)
    (record,) = json.loads((tmp_path / "rec.json").read_text())
    del record["groups"]
    (tmp_path / "rec.json").write_text(json.dumps([record]))
    with pytest.raises(ValueError, match="is no table of recommenders .*groups"):
        read_rec_json(tmp_path / "rec.json")
