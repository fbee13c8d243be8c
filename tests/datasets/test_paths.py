import pytest

from gcl.datasets import paths


def test_root_argument_then_environment_then_checkout_then_cache(tmp_path, monkeypatch, cache):
    monkeypatch.setenv("GCL_DATA_ROOT", str(tmp_path / "env"))
    assert paths.data_root(tmp_path / "given") == tmp_path / "given"
    assert paths.data_root() == tmp_path / "env"
    monkeypatch.delenv("GCL_DATA_ROOT")
    (tmp_path / "gcl" / "datasets").mkdir(parents=True)
    monkeypatch.setattr(paths, "__file__", str(tmp_path / "gcl" / "datasets" / "paths.py"))
    assert paths.data_root() == cache / "raw"  # installed: no setup.cfg beside gcl/
    (tmp_path / "setup.cfg").touch()
    assert paths.data_root() == tmp_path / "datasets"


def test_cache_follows_gcl_cache_then_xdg(tmp_path, monkeypatch, cache):
    assert paths.cache_dir() == cache
    monkeypatch.delenv("GCL_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert paths.cache_dir() == tmp_path / "xdg" / "gcl"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert paths.cache_dir() == tmp_path / ".cache" / "gcl"


def test_bad_roots(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ValueError, match="root must be a folder, got the file"):
        paths.data_root(tmp_path / "file")
    with pytest.raises(TypeError, match="root must be a path, got 3"):
        paths.data_root(3)


def test_a_cache_that_cannot_be_made_says_how_to_choose_another(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("GCL_CACHE", str(tmp_path / "file" / "below"))
    with pytest.raises(OSError, match=r"cannot create the cache .*; set GCL_CACHE"):
        paths.make_cache_dir()
