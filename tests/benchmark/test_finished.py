from dataclasses import replace

import pytest

from gcl.benchmark import Config, Evaluation, Line
from gcl.benchmark.finished import in_order, lines_that_stay, raw_graphs, unfinished
from gcl.benchmark.suite import graph_of
from gcl.evaluation import Result, Score

GRACE = Config("grace", "cora", fit={"epochs": 3})
DGI = Config("dgi", "cora", fit={"epochs": 3}, evaluation=GRACE.evaluation)


def line(config, source=None, seeds=(0, 1)):
    result = {"node": Result({"accuracy": (0.5,)}, "1 split")}
    return Line(config, source or config.method, Score(1.0, 0.0, 2), result, seeds)


def lines_of(config, **options):
    names = ("raw features", f"untrained encoder ({config.method})", config.method)
    return [line(config, name, **options) for name in names]


def test_a_run_with_the_same_options_and_seeds_is_finished():
    lines = lines_of(GRACE)
    assert unfinished([GRACE, DGI], lines, seeds=2) == [DGI]
    moved = replace(GRACE, root="/elsewhere", published=({"mean": 1.0},))
    assert unfinished([moved], lines, seeds=2) == []


@pytest.mark.parametrize(
    "changed",
    [
        replace(GRACE, fit={"epochs": 4}),
        replace(GRACE, options={"temperature": 0.1}),
        replace(GRACE, dataset="citeseer"),
        replace(GRACE, evaluation=Evaluation(num_splits=2)),
    ],
)
def test_any_other_option_makes_it_another_run(changed):
    assert unfinished([changed], lines_of(GRACE), seeds=2) == [changed]


def test_other_seeds_make_it_another_run():
    assert unfinished([GRACE], lines_of(GRACE), seeds=3) == [GRACE]


def test_an_untrained_encoder_alone_finishes_nothing():
    assert unfinished([GRACE], lines_of(GRACE)[:2], seeds=2) == [GRACE]


def test_what_is_not_run_again_stays():
    lines = [*lines_of(GRACE), *lines_of(DGI)[1:]]
    kept = lines_that_stay(lines, [replace(DGI, fit={"epochs": 9})], seeds=2)
    assert [k.source for k in kept] == ["raw features", "untrained encoder (grace)", "grace"]
    other = replace(GRACE, dataset="citeseer")
    assert lines_that_stay(lines, [other], seeds=2) == lines


def test_raw_features_scored_in_another_way_are_replaced():
    other = replace(GRACE, evaluation=Evaluation(num_splits=2))
    assert [k.source for k in lines_that_stay(lines_of(GRACE), [other], seeds=2)] == []
    assert raw_graphs(lines_of(GRACE)) == {graph_of(GRACE)}


def test_lines_stand_in_the_order_asked_for_and_strangers_last():
    lines = [*lines_of(GRACE), *lines_of(DGI)[1:], line(replace(GRACE, dataset="photo"))]
    ordered = in_order(lines, [DGI, GRACE])
    assert [(k.config.dataset, k.source) for k in ordered] == [
        ("cora", "raw features"),
        ("cora", "untrained encoder (dgi)"),
        ("cora", "dgi"),
        ("cora", "untrained encoder (grace)"),
        ("cora", "grace"),
        ("photo", "grace"),
    ]


def test_raw_features_of_a_finished_pair_stay_beside_those_of_another_way_to_score():
    other = replace(DGI, evaluation=Evaluation(num_splits=2))
    kept = lines_that_stay(lines_of(GRACE), [other], [GRACE, other], seeds=2)
    assert [k.source for k in kept] == ["raw features", "untrained encoder (grace)", "grace"]
