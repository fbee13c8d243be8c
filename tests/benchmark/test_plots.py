import pytest
import torch

from gcl.benchmark import plots
from gcl.benchmark.plots import (
    _class_colours,
    _principal_components,
    new_figure,
    plot_embedding,
    plot_loss,
    save_png,
)


def test_principal_components_find_the_spread_axis():
    torch.manual_seed(0)
    h = torch.randn(200, 5) * torch.tensor([0.0, 3.0, 0.01, 1.0, 0.01])
    h[:, 0] = 50  # far from the origin, unit length bends little
    xy, explained = _principal_components(h)
    assert xy.shape == (200, 2)
    assert explained[0] > explained[1] > 0
    assert sum(explained) == pytest.approx(1.0, abs=1e-2)


@pytest.mark.parametrize("width", [1, 2, 7])
@pytest.mark.parametrize("labelled", [True, False])
def test_files_are_pictures(tmp_path, width, labelled):
    y = torch.arange(30) % 4 - 1 if labelled else None
    plot_embedding(torch.randn(30, width), y, tmp_path / "e.png")
    plot_loss([3.0, 2.0, 1.5], tmp_path / "l.png")
    for name in ("e.png", "l.png"):
        assert (tmp_path / name).read_bytes().startswith(b"\x89PNG")


def test_a_failure_leaves_the_picture_that_was_there(tmp_path, monkeypatch):
    plot_loss([3.0, 2.0], tmp_path / "l.png")
    before = (tmp_path / "l.png").read_bytes()
    figure, _ = new_figure(2.0, 2.0)

    def half(part, **how):
        part.write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(figure, "savefig", half)
    with pytest.raises(KeyboardInterrupt):
        save_png(figure, tmp_path / "l.png")
    assert (tmp_path / "l.png").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["l.png"]


def test_equal_embeddings_and_one_node(tmp_path):
    plot_embedding(torch.zeros(4, 3), None, tmp_path / "a.png")
    plot_embedding(torch.ones(1, 3), torch.tensor([2]), tmp_path / "b.png")


def test_colours_only_for_few_classes():
    assert _class_colours(torch.tensor([5, 9, 5])).tolist() == [0, 1, 0]
    assert _class_colours(torch.arange(50)) is None
    assert _class_colours(torch.rand(5)) is None


def test_the_legend_names_the_classes_that_are_drawn(tmp_path, monkeypatch):
    drawn = []
    monkeypatch.setattr(plots, "save_png", lambda figure, path: drawn.append(figure))
    y = torch.tensor([0, 2] * 6000)
    y[1] = 1  # between the points that are drawn
    plot_embedding(torch.randn(12_000, 3), y, tmp_path / "e.png")
    (axes,) = drawn[0].axes
    legend = axes.get_legend()
    assert [text.get_text() for text in legend.get_texts()] == ["0", "2"]
    assert len(legend.legend_handles) == 2
