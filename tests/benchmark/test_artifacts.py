import pytest

from gcl.benchmark import Config
from gcl.benchmark.artifacts import run_folder

CONFIG = Config(dataset="karate")


def enter(out, error=None, *, resume=False, overwrite=False, metrics=""):
    with run_folder(out, CONFIG, resume=resume, overwrite=overwrite):
        assert "karate" in (out / "config.yaml").read_text()
        (out / "checkpoint.pt").write_text("new")
        if metrics:
            (out / "metrics.jsonl").write_text(metrics)
        if error is not None:
            raise error


@pytest.fixture
def old(tmp_path):
    """A folder with an old run and a file of the user's."""
    for name in ("config.yaml", "checkpoint.pt", "notes.txt"):
        (tmp_path / name).write_text("old")
    return tmp_path


def names(folder):
    return sorted(p.name for p in folder.iterdir())


def test_a_new_folder_is_made_and_kept(tmp_path):
    enter(tmp_path / "a" / "b")
    assert names(tmp_path / "a" / "b") == ["checkpoint.pt", "config.yaml"]


@pytest.mark.parametrize("error", [ValueError("bad"), TypeError("bad")])
def test_a_refused_run_leaves_no_folder(tmp_path, error):
    with pytest.raises(type(error), match="bad"):
        enter(tmp_path / "a", error)
    assert names(tmp_path) == []


def test_a_refused_overwrite_puts_the_old_run_back(old):
    with pytest.raises(ValueError, match="bad"):
        enter(old, ValueError("bad"), overwrite=True)
    assert names(old) == ["checkpoint.pt", "config.yaml", "notes.txt"]
    assert all(p.read_text() == "old" for p in old.iterdir())


def test_a_refused_resume_puts_the_old_configuration_back(old):
    with pytest.raises(ValueError, match="bad"):
        enter(old, ValueError("bad"), resume=True)
    assert (old / "config.yaml").read_text() == "old"
    assert (old / "checkpoint.pt").read_text() == "new"  # fit alone decides about its files


@pytest.mark.parametrize("error", [KeyboardInterrupt(), RuntimeError("diverged")])
def test_a_run_that_began_stays(old, error):
    with pytest.raises(type(error)):
        enter(old, error, overwrite=True)
    assert names(old) == ["checkpoint.pt", "config.yaml", "notes.txt"]
    assert (old / "checkpoint.pt").read_text() == "new"
    assert (old / "notes.txt").read_text() == "old"


def test_folders_that_are_refused(old):
    with pytest.raises(ValueError, match=r"holds a run \(config.yaml, checkpoint.pt\)"):
        enter(old)
    with pytest.raises(ValueError, match="exclude each other"):
        enter(old, resume=True, overwrite=True)
    with pytest.raises(ValueError, match="out must be a folder, got the file"):
        enter(old / "notes.txt")


@pytest.mark.parametrize("overwrite", [False, True])
def test_epochs_that_were_recorded_stay_whatever_comes_after(tmp_path, old, overwrite):
    out = old if overwrite else tmp_path / "a"
    error = ValueError("too late")
    with pytest.raises(ValueError, match="too late"):
        enter(out, error, overwrite=overwrite, metrics="{}\n")
    assert (out / "checkpoint.pt").read_text() == "new"
    assert "karate" in (out / "config.yaml").read_text()
