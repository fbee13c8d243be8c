import pytest

from gcl.benchmark import ranking_plots
from gcl.benchmark.plots import new_figure
from gcl.benchmark.ranking_plots import plot_ranking_groups, plot_rec_groups
from gcl.evaluation import RankingGroup

GROUPS = [RankingGroup(0, 3, 10, 12, {"recall@20": 0.1}), RankingGroup(4, 9, 11, 30, {})]


def rows(*values):
    parts = zip(GROUPS, values, strict=True)
    return [RankingGroup(g.low, g.high, g.count, g.test, {"recall@20": v}) for g, v in parts]


def test_writes_a_picture(tmp_path):
    path = tmp_path / "groups.png"
    plot_ranking_groups({"a": rows(0.1, 0.2), "b": rows(0.3, 0.1)}, "recall@20", path)
    assert path.read_bytes().startswith(b"\x89PNG")


def test_many_methods_have_colours_of_their_own(tmp_path, monkeypatch):
    figures = []
    monkeypatch.setattr(
        ranking_plots, "new_figure", lambda *size: figures.append(new_figure(*size)) or figures[-1]
    )
    methods = {f"method {i}": rows(0.1, 0.2) for i in range(11)}
    plot_ranking_groups(methods, "recall@20", tmp_path / "groups.png")
    ((_, axes),) = figures
    assert len({bar.get_facecolor() for bar in axes.patches}) == 11


def test_data_sets_of_one_file_name_get_files_of_their_own(tmp_path):
    method = {"a": {"users": rows(0.1, 0.2), "items": rows(0.1, 0.2)}}
    paths = ["lastfm", "a/likes.csv", "b/likes.csv", "c/likes_2.csv"]
    plot_rec_groups(dict.fromkeys(paths, method) | {"d/none.csv": {}}, tmp_path)
    stems = ("lastfm", "likes", "likes_2", "likes_2_2")
    names = {f"rec_{name}_{kind}.png" for name in stems for kind in ("users", "items")}
    assert {path.name for path in tmp_path.iterdir()} == names


def test_bad_input(tmp_path):
    path = tmp_path / "groups.png"
    with pytest.raises(ValueError, match="methods with the same groups"):
        plot_ranking_groups({"a": rows(0.1, 0.2), "b": rows(0.3, 0.1)[:1]}, "recall@20", path)
    with pytest.raises(ValueError, match="methods with the same groups"):
        plot_ranking_groups({}, "recall@20", path)
    with pytest.raises(ValueError, match="metric must be one of recall@20"):
        plot_ranking_groups({"a": rows(0.1, 0.2)}, "ndcg@20", path)
    assert not path.exists()
