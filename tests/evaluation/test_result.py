import json
import math
import pickle

import pytest

from gcl.evaluation import Result, Score


def result():
    raw = {"accuracy": [0.8, 0.9, 1.0], "macro_f1": [0.5, 0.5, 0.5]}
    return Result(raw, "3 random splits", {"C": [1, 2, 4]})


def test_score_uses_the_sample_standard_deviation():
    score = Score.of([0.8, 0.9, 1.0])
    assert score.mean == pytest.approx(0.9)
    assert score.std == pytest.approx(0.1)  # the population value would be 0.0816
    assert score.n == 3


def test_one_value_has_no_spread():
    score = Score.of([0.25])
    assert (score.mean, score.n) == (0.25, 1)
    assert math.isnan(score.std)
    assert str(score) == "25.0"


def test_result_is_a_mapping_in_order_with_a_primary_metric():
    r = result()
    assert list(r) == ["accuracy", "macro_f1"]
    assert dict(r)["macro_f1"] == Score(0.5, 0.0, 3)
    assert (r.mean, r.std, r.n) == r["accuracy"]
    assert r.raw["accuracy"] == (0.8, 0.9, 1.0)
    assert r.selected["C"] == (1.0, 2.0, 4.0)
    assert str(r) == "accuracy 90.0 ± 10.0, macro_f1 50.0 ± 0.0 (3 random splits)"
    with pytest.raises(KeyError):
        r["auc"]


def test_result_cannot_be_changed():
    r = result()
    with pytest.raises(AttributeError):
        r.protocol = "none"
    with pytest.raises(TypeError):
        r.raw["accuracy"] = (1.0,)


def test_result_survives_json_and_pickle():
    r = Result({"auc": [0.75]}, "1 split")
    plain = json.loads(json.dumps(r.to_dict(), allow_nan=False))
    assert plain["scores"] == {"auc": {"mean": 0.75, "std": None, "n": 1}}
    assert plain["raw"] == {"auc": [0.75]}
    assert plain["protocol"] == "1 split"
    again = pickle.loads(pickle.dumps(result()))
    assert again == result()
    assert again.selected == result().selected


def test_pool_joins_values():
    other = Result({"accuracy": [0.2], "macro_f1": [0.1]}, "1 split", {"C": [8]})
    pooled = Result.pool([result(), other], "2 seeds")
    assert pooled.raw["accuracy"] == (0.8, 0.9, 1.0, 0.2)
    assert pooled.selected["C"] == (1.0, 2.0, 4.0, 8.0)
    assert (pooled.n, pooled.protocol) == (4, "2 seeds")


def test_bad_results_are_refused():
    with pytest.raises(ValueError, match=r"raw must hold metrics .* got \{'a': 1, 'b': 2\}"):
        Result({"a": [1.0], "b": [1.0, 2.0]}, "")
    with pytest.raises(ValueError, match=r"raw must hold metrics .* got \{\}"):
        Result({}, "")
    with pytest.raises(ValueError, match=r"got \{'a': 0\}"):
        Result({"a": []}, "")
    with pytest.raises(ValueError, match=r"results must share their metrics, got \[\('a',\), \("):
        Result.pool([Result({"a": [1.0]}, ""), result()], "")
