r"""Terms that join the loss of a method: what they ask of its embeddings beyond the contrast."""

from gcl.regularizers.pot import POT

__all__ = ["POT"]
