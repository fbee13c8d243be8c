r"""What a method asks :func:`gcl.training.fit` to train before its own first epoch.

Legend: B rows of a batch, F features, D latent width.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch_geometric.data import Data

from gcl.checks import check_matrix, check_positive


class Stage(NamedTuple):
    r"""A module to train first, on random rows of the features, with Adam.

    A method that needs this defines ``pretraining() -> Stage | None``, None once it has been
    started, and ``start(data)``, called when the stage is over. What either of them changes has to
    be in the method's ``state_dict``, a mark that it was started among it.

    Args:
        method: module with ``step(batch)``; it shares modules with the method.
        epochs: passes over all rows; 0 goes on to ``start``.
        lr: learning rate.
        batch_size: rows in a batch.
    """

    method: nn.Module
    epochs: int
    lr: float
    batch_size: int


class Reconstruction(nn.Module):
    r"""Ask a decoder to give the features back: mean squared error over all entries.

    Args:
        encoder: module called as ``encoder(x, edge_index)``, with no edge: rows alone are read.
        decoder: module called with the encoder's output.
        feature_scale: what the features are multiplied by first.

    Shapes:
        ``step``: batch of features [B, F] -> scalar
    """

    def __init__(
        self, encoder: nn.Module, decoder: nn.Module, *, feature_scale: float = 1.0
    ) -> None:
        super().__init__()
        self.encoder, self.decoder = encoder, decoder
        self.feature_scale = check_positive(feature_scale, "feature_scale")

    def step(self, batch: Data) -> Tensor:
        r"""The error of reconstruction on one batch of rows."""
        x = check_matrix(batch.x, "x") * self.feature_scale
        none = torch.empty(2, 0, dtype=torch.long, device=x.device)
        return F.mse_loss(self.decoder(self.encoder(x, none)), x)
