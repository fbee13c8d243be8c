import json

import pytest

from gcl.benchmark.kernels.collect import collect


def suites(**records):
    return {name: lambda rows=rows: iter(rows) for name, rows in records.items()}


def quiet(suite, record):
    pass


def test_what_a_file_holds_of_other_suites_stays(tmp_path):
    out = tmp_path / "kernels.json"
    collect(suites(loss=[{"N": 1}], step=[{"N": 2}]), out=out, report=quiet)
    content = collect(suites(step=[{"N": 3}]), out=out, report=quiet)
    assert (content["loss"], content["step"]) == ([{"N": 1}], [{"N": 3}])
    assert json.loads(out.read_text()) == content


def test_figures_of_two_machines_are_not_mixed(tmp_path):
    out = tmp_path / "kernels.json"
    collect(suites(loss=[{"N": 1}]), out=out, report=quiet)
    held = out.read_text().replace('"torch": "', '"torch": "0.')
    out.write_text(held)
    with pytest.raises(ValueError, match="out must be another file: .* holds loss, measured on"):
        collect(suites(step=[{"N": 2}]), out=out, report=quiet)
    assert out.read_text() == held
    assert collect(suites(loss=[{"N": 4}]), out=out, report=quiet)["loss"] == [{"N": 4}]


def test_an_interrupt_leaves_a_suite_no_shorter(tmp_path):
    def interrupted():
        yield {"N": 3}
        raise KeyboardInterrupt

    out = tmp_path / "kernels.json"
    collect(suites(loss=[{"N": 1}, {"N": 2}]), out=out, report=quiet)
    for name, records in (("loss", [{"N": 1}, {"N": 2}]), ("step", [{"N": 3}])):
        with pytest.raises(KeyboardInterrupt):
            collect({name: interrupted}, out=out, report=quiet)
        assert json.loads(out.read_text())[name] == records


def test_a_suite_that_finishes_with_fewer_records_replaces_the_old_ones(tmp_path):
    out = tmp_path / "kernels.json"
    collect(suites(loss=[{"N": 1}, {"N": 2}]), out=out, report=quiet)
    collect(suites(loss=[{"N": 3}]), out=out, report=quiet)
    assert json.loads(out.read_text())["loss"] == [{"N": 3}]
