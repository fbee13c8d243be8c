from gcl.cli.prose import argument_help, first_sentence, plain_text, summary


def sample(first, second, third):
    r"""Draw ``n`` of :class:`~gcl.losses.NTXent` (`Zhu et al. 2020
    <https://a.b>`_). More follows.

    Args:
        first: the width N, above 0; see :func:`gcl.datasets.load`. Not with
            ``second``.
        second: :math:`\tau` > 0,
            default 0.4.
        third: **bold** stays.

    Returns:
        first: nothing of an argument.
    """


def test_summary_is_the_first_sentence_without_markup_and_reference():
    assert summary(sample) == "Draw n of NTXent"


def test_help_of_arguments_joins_lines_and_stops_after_a_sentence():
    assert argument_help(sample) == {
        "first": "the width N, above 0; see gcl.datasets.load",
        "second": "tau > 0, default 0.4",
        "third": "**bold** stays",
    }


def test_no_docstring():
    assert summary(lambda: None) == ""
    assert argument_help(lambda: None) == {}


def test_links_keep_their_text():
    assert plain_text("by `them <https://a.b>`_, and\n  `you`") == "by them, and you"


def test_a_stop_inside_a_sentence_does_not_end_it():
    assert first_sentence("at 0.5 e.g. here. Then") == "at 0.5 e.g. here."
