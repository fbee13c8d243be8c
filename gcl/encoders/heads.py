r"""Small networks on top of an encoder.

Legend: N nodes, D embedding width, H hidden width.
"""

from torch import Tensor, nn

from gcl.checks import check_int
from gcl.encoders.base import make_activation, make_norm
from gcl.functional.autocast import single_precision


class _Head(nn.Module):
    def __init__(
        self,
        in_channels: int,
        hidden_channels: int,
        out_channels: int,
        activation: str,
        norm: str | None = None,
    ) -> None:
        super().__init__()
        check_int(in_channels, "in_channels", minimum=1)
        check_int(hidden_channels, "hidden_channels", minimum=1)
        norms = [] if norm is None else [make_norm(norm, hidden_channels, None)]
        self.net = nn.Sequential(
            nn.Linear(in_channels, hidden_channels),
            *norms,
            make_activation(activation),
            nn.Linear(hidden_channels, check_int(out_channels, "out_channels", minimum=1)),
        )

    def forward(self, h: Tensor) -> Tensor:
        r"""[N, D] -> [N, out_channels]; in float32 under ``torch.autocast``."""
        return single_precision(self.net(h))


class ProjectionHead(_Head):
    r"""Map embeddings to the space of the loss: Linear, ELU, Linear, as in GRACE.

    Downstream tasks use the embeddings, not the projections.

    Args:
        in_channels: embedding width D.
        hidden_channels: hidden width; D if None.
        out_channels: projection width; D if None.
        activation: name of the activation between the layers.

    Shapes:
        h [N, D] -> [N, out_channels]

    Example:
        >>> ProjectionHead(16, 8)(torch.randn(3, 16)).shape
        torch.Size([3, 16])
    """

    def __init__(
        self,
        in_channels: int,
        hidden_channels: int | None = None,
        out_channels: int | None = None,
        *,
        activation: str = "elu",
    ) -> None:
        hidden = in_channels if hidden_channels is None else hidden_channels
        out = in_channels if out_channels is None else out_channels
        super().__init__(in_channels, hidden, out, activation)


class PredictionHead(_Head):
    r"""Predict the target network's embedding: Linear, PReLU, Linear, as in `BGRL
    <https://arxiv.org/abs/2102.06514>`_.

    Args:
        in_channels: embedding width D, which is the output's width too.
        hidden_channels: hidden width.
        activation: name of the activation between the layers.
        norm: normalisation before the activation: ``"batch"``, as in AFGRL, ``"layer"``,
            ``"graph"`` or None.

    Shapes:
        h [N, D] -> [N, D]

    Example:
        >>> PredictionHead(16, 64)(torch.randn(3, 16)).shape
        torch.Size([3, 16])
    """

    def __init__(
        self,
        in_channels: int,
        hidden_channels: int = 512,
        *,
        activation: str = "prelu",
        norm: str | None = None,
    ) -> None:
        super().__init__(in_channels, hidden_channels, in_channels, activation, norm)
