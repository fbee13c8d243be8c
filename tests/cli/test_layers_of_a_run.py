import pytest

from gcl.benchmark import Config
from gcl.cli.failures import UsageError
from gcl.cli.layers import layer, merge, read_file


def test_later_layers_win_key_by_key():
    below = {"fit": {"epochs": 1, "lr": 2.0}, "seed": 1}
    assert merge(below, {"fit": {"epochs": 3}}) == {"fit": {"epochs": 3, "lr": 2.0}, "seed": 1}
    assert below["fit"]["epochs"] == 1


def test_recipe_then_file_then_flags(folder):
    (folder / "f.yaml").write_text("method: {temperature: 0.7}\nfit: {epochs: 5, lr: 1e-2}\n")
    base = layer("GRACE", "Cora", file="f.yaml")
    assert (base.method, base.dataset, base.recipe) == ("grace", "cora", "zhu2020_grace_cora")
    config = base.config({"fit": {"epochs": 9}, "out": "ignored"})
    assert config.options["temperature"] == 0.7  # file over recipe
    assert config.options["out_channels"] == 128  # recipe
    assert config.fit["epochs"] == 9  # flag over file
    assert config.fit["lr"] == 0.01
    assert config.published


def test_every_option_is_filled_in_so_that_the_file_says_all(folder):
    config = layer("dgi", "karate").config({})
    assert config.options["encoder"] == "gcn"
    assert config.fit["schedule"] == "constant"
    assert Config.from_dict(config.to_dict()) == config


def test_without_the_recipe():
    base = layer("grace", "cora", recipe="none")
    assert base.recipe is None
    config = base.config({})
    assert config.options["out_channels"] is None
    assert not config.published


def test_figures_published_for_another_data_set_are_left_out():
    config = layer(dataset="karate", recipe="zhu2020_grace_cora").config({})
    assert config.options["out_channels"] == 128
    assert config.published == ()


def test_a_recipe_names_method_and_data_set():
    base = layer(recipe="velickovic2019_dgi_citeseer")
    assert (base.method, base.dataset) == ("dgi", "citeseer")
    assert base.config({}).published


def test_a_stored_run_takes_the_place_of_the_recipe():
    stored = layer("grace", "cora", recipe="none").config({"seed": 4}).to_dict()
    base = layer(stored=stored)
    assert (base.recipe, base.dataset) == (None, "cora")
    assert base.config({}).seed == 4
    assert base.config({}).options["out_channels"] is None
    with pytest.raises(UsageError, match="--recipe none would be ignored"):
        layer(stored=stored, recipe="none")
    with pytest.raises(UsageError, match="method dgi is not that of the run"):
        layer("dgi", stored=stored)


def test_a_regulariser_from_file_or_flags_is_filled_in(folder):
    (folder / "f.yaml").write_text("pot: {kappa: 0.3}\n")
    full = {"kappa": 0.3, "mode": "exact", "batch_size": None}
    assert layer("grace", "cora", file="f.yaml").config({}).pot == full
    flags = {"pot": {"mode": "fast"}}
    assert layer("grace", "cora", file="f.yaml").config(flags).pot == full | {"mode": "fast"}
    assert layer("grace", "cora").config(flags).pot["kappa"] == 0.4
    assert layer("grace", "cora").config({}).pot is None


def test_null_switches_a_regulariser_off(folder):
    stored = layer("grace", "cora").config({"pot": {"kappa": 0.3}}).to_dict()
    (folder / "f.yaml").write_text("pot: null\n")
    assert layer(stored=stored).config({}).pot["kappa"] == 0.3
    assert layer(stored=stored, file="f.yaml").config({}).pot is None


def test_figures_of_the_method_alone_do_not_stand_beside_its_regularised_run(folder):
    (folder / "f.yaml").write_text("pot: {kappa: 0.3}\n")
    assert layer("grace", "cora").config({}).published
    assert layer("grace", "cora").config({"pot": {}}).published == ()
    assert layer("grace", "cora", file="f.yaml").config({}).published == ()
    figure = "published: [{task: node, metric: accuracy, mean: 79.2}]\n"
    (folder / "g.yaml").write_text("pot: {kappa: 0.3}\n" + figure)
    (found,) = layer("grace", "cora", file="g.yaml").config({"pot": {"kappa": 0.5}}).published
    assert found["mean"] == 79.2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("pot: 3\n", "f.yaml: pot must hold options, got 3"),
        ("fit: [1\n", "--config: f.yaml is no YAML"),
        ("- 1\n", "f.yaml must hold options by name, got"),
        ("fit: 3\n", "f.yaml: fit must hold options, got 3"),
        ("published: 3\n", "f.yaml: published must be a list, got 3"),
        ("method: 3\n", "f.yaml: method must hold options, got 3"),
    ],
)
def test_files_of_another_layout(folder, text, message):
    (folder / "f.yaml").write_text(text)
    with pytest.raises(UsageError, match=message):
        read_file("f.yaml")


def test_short_and_empty_files(folder):
    (folder / "f.yaml").write_text("method: dgi\n")
    assert read_file("f.yaml") == {"method": {"name": "dgi"}}
    (folder / "f.yaml").write_text("")
    assert read_file("f.yaml") == {}
    with pytest.raises(UsageError, match="there is no file g.yaml"):
        read_file("g.yaml")
