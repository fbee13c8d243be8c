r"""What a mistyped word may have meant."""

import difflib
from collections.abc import Iterable


def did_you_mean(word: str, known: Iterable[str]) -> str:
    r"""`` (did you mean a or b?)`` with the nearest of ``known``; empty if none is near.

    What stands before the last dot names a group: the word's own group is searched first, then
    all of them.
    """
    known = list(known)
    own = [name for name in known if _split(name)[0] == _split(word)[0]]
    for names in (own, known):
        tails = {_split(name)[1]: name for name in names}
        near = difflib.get_close_matches(_split(word)[1], tails, n=2, cutoff=0.6)
        if near:
            return f" (did you mean {' or '.join(tails[tail] for tail in near)}?)"
    return ""


def _split(word: str) -> tuple[str, str]:
    group, _, tail = word.lstrip("-").rpartition(".")
    return group, tail
