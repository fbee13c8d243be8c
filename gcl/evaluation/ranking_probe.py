r"""A validation score of a recommender for early stopping, which cannot see a test interaction.

Legend: I users, J items, V validation interactions.
"""

from collections.abc import Mapping

from torch import Tensor, nn

from gcl.checks import check_choice, check_int, describe
from gcl.evaluation.ranking import ranking
from gcl.evaluation.ranking_metrics import METRICS
from gcl.functional.interaction_data import RATES
from gcl.loaders import RankingSplit


class RankingProbe:
    r"""Score a recommender by how it ranks the validation items of its users.

    Called with a method, it embeds the training interactions in evaluation mode and returns one
    metric of :func:`~gcl.evaluation.ranking` on the validation part. Pass it to
    :func:`gcl.training.fit` as ``probe=``. The test part is forgotten when it is built.

    Args:
        split: from :func:`~gcl.loaders.ranking_split`, with a validation part, and its ``data`` on
            the device where the method trains.
        metric: a metric of :func:`~gcl.evaluation.ranking`.
        k: its K.

    Raises:
        TypeError: if ``split`` is no ``RankingSplit``.
        ValueError: for a split without validation interactions, an unknown metric, or a K above
            the number of items.

    Cost:
        An embedding, and a ranking of all items for each user with a validation item; give
        ``fit`` a ``probe_every`` where that is much beside an epoch.

    Example:
        >>> from gcl.datasets import interactions
        >>> from gcl.loaders import ranking_split
        >>> edge_index = torch.cartesian_prod(torch.arange(4), torch.arange(6)).t()
        >>> split = ranking_split(interactions(edge_index, num_items=9), "ratio")
        >>> class Constant(torch.nn.Module):
        ...     def embed(self, data):
        ...         return {"user": torch.ones(4, 1), "item": torch.ones(9, 1)}
        >>> RankingProbe(split, k=9)(Constant())
        1.0
    """

    def __init__(self, split: RankingSplit, *, metric: str = "recall", k: int = 20) -> None:
        if not isinstance(split, RankingSplit):
            raise TypeError(f"split must be a RankingSplit, got {describe(split)}")
        if not split.val.size(1):
            raise ValueError("split.val must hold validation interactions, got none")
        self.data, self.val = split.data, split.val
        self.metric, self.k = check_choice(metric, "metric", METRICS), check_int(k, "k", 1)
        if k > int(split.data["item"].num_nodes):
            raise ValueError(f"k must be at most {split.data['item'].num_nodes} items, got {k}")

    def __call__(self, method: nn.Module) -> float:
        r"""The validation score of ``method`` as it is now."""
        h: Mapping[str, Tensor] = method.embed(self.data)  # type: ignore[operator]
        pairs = (self.data[RATES].edge_index, self.val)
        return ranking(h["user"], h["item"], pairs, k=self.k, metrics=[self.metric]).mean
