import pytest


@pytest.fixture(params=[True, False], ids=["bf16 products", "rounded factors"])
def products(request, monkeypatch):
    """Both ways to take products of precision bf16, whatever this machine's processor does."""
    for name in ("pairs", "two_views", "whole_rows"):
        monkeypatch.setattr(f"gcl.functional.{name}.multiplies_bf16", lambda _: request.param)
