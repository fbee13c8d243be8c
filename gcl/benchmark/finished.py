r"""Which runs a table holds already, what of it stays, and the order of its lines."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from gcl.benchmark.config import Config
from gcl.benchmark.sources import RawFeatures, UntrainedEncoder
from gcl.benchmark.suite import Graph, graph_of
from gcl.benchmark.table import Line

Key = tuple[str, str, str]


def unfinished(configs: Iterable[Config], lines: Sequence[Line], seeds: int) -> list[Config]:
    r"""The runs that no line holds.

    A line holds a run if it was trained with the very same options and the seeds 0 to
    ``seeds - 1``. Where the raw data lie, and which figures were published, does not count.
    """
    wanted = tuple(range(seeds))
    done = {_bare(line.config) for line in lines if _is_trained(line) and line.seeds == wanted}
    return [config for config in configs if _bare(config) not in done]


def lines_that_stay(
    lines: Iterable[Line], due: Sequence[Config], configs: Sequence[Config] = (), *, seeds: int
) -> list[Line]:
    r"""The lines that the runs in ``due``, with so many seeds, do not replace.

    Raw features stay that some of the table's ``configs`` would score alike, unless a run that is
    due splits the edges of their graph for other seeds.
    """
    graphs, again = ({graph_of(config) for config in some} for some in ((*due, *configs), due))
    new = {_key(c, source) for c in due for source in (c.label, UntrainedEncoder(c).name)}
    raw = {_key(config, RawFeatures(config).name) for config in due}
    return [
        line
        for line in lines
        if (key := _key(line.config, line.source)) not in new
        and (key not in raw or graph_of(line.config) in graphs)
        and not (_is_raw(line) and graph_of(line.config) in again and _has_others(line, seeds))
    ]


def raw_graphs(lines: Iterable[Line]) -> set[Graph]:
    r"""The graphs whose raw features some of the lines score."""
    return {graph_of(line.config) for line in lines if _is_raw(line)}


def in_order(lines: Iterable[Line], configs: Sequence[Config]) -> list[Line]:
    r"""Lines by data set and method, in the order of ``configs``; raw features come first."""
    datasets = {name: i for i, name in enumerate(dict.fromkeys(c.dataset for c in configs))}
    methods = {name: i for i, name in enumerate(dict.fromkeys(c.method for c in configs))}

    def place(line: Line) -> tuple[int, int]:
        method = -1 if _is_raw(line) else methods.get(line.config.method, len(methods))
        return datasets.get(line.config.dataset, len(datasets)), method

    return sorted(lines, key=place)


def _key(config: Config, source: str) -> Key:
    return config.dataset, source, config.evaluation.protocol


def _has_others(line: Line, seeds: int) -> bool:
    r"""Whether a line was scored on the link splits of other seeds than the first ones."""
    return "link" in line.results and line.seeds != tuple(range(seeds))


def _is_trained(line: Line) -> bool:
    return line.source == line.config.label


def _is_raw(line: Line) -> bool:
    return line.source == RawFeatures(line.config).name


def _bare(config: Config) -> str:
    return repr(replace(config, root=None, seed=0, published=()).to_dict())
