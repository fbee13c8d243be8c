r"""``gcl bench pamc``: the meta-node contrast beside exact losses."""

from gcl.benchmark import pamc
from gcl.cli.bench_kernels import measure, with_suites
from gcl.cli.parser import Parser

TEXT = """\
Time PamC beside the contrast with all nodes, dense and streamed, on the graph of USPS (data set
usps_sdcn) and on synthetic graphs of 2,000 to 200,000 nodes; measure peak memory in processes of
their own, fit how both grow, and compare the negative terms in value and gradient. All of it takes
a few minutes."""


def run(words: list[str]) -> None:
    r"""Run the benchmark that ``words`` describe."""
    measure(pamc, arguments().read(words))


def arguments() -> Parser:
    r"""The options of ``gcl bench pamc``."""
    file = "JSON file of all records, and a figure beside it"
    return with_suites(Parser("bench pamc", TEXT), pamc, file)
