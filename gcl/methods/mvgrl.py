r"""MVGRL: contrastive multi-view representation learning on graphs.

Legend: N nodes, F features, D embedding width, W windows, S nodes of a window.
"""

from torch import Tensor, nn
from torch_geometric.data import Data

from gcl.augmenters import Diffusion
from gcl.checks import check_int
from gcl.encoders import GCN, build_encoder, encode
from gcl.encoders.ema import drawn_anew
from gcl.losses import LocalGlobal
from gcl.methods.base import Method, check_graph, seed_rows
from gcl.methods.corruption import beside_corruption, draw_order
from gcl.methods.sparse import with_sparse_features
from gcl.methods.windows import draw_starts, take_windows


class MVGRL(Method):
    r"""Tell the nodes of a graph and of its diffusion from those of a corruption, given the summary
    of the other view (`Hassani and Khasahmadi 2020 <https://arxiv.org/abs/2006.05582>`_).

    View 1 is the graph, view 2 its diffusion, computed once for each graph; each has an encoder of
    its own. One permutation of the features corrupts both. With the summaries c of the real views
    and :class:`~gcl.losses.LocalGlobal`, nodes of view 1 are compared with :math:`c_2`, nodes of
    view 2 with :math:`c_1`. Embeddings are :math:`h_1 + h_2`. A real view and its corruption are
    encoded in one pass, as in :class:`DGI`. The defaults are the authors' for Cora, but for the
    sub-sampling (``window``) and for what is kept of the diffusion (``top_k``).

    The released code adds two self loops to the first view's adjacency; here it is one, as in the
    paper. Its heat kernel takes the exponential of each entry; here it is that of the matrix.

    Args:
        in_channels: width F of the features; None if ``encoder`` is a module.
        hidden_channels: width of the hidden layers, if there are several; ``2 * out_channels``
            if None.
        out_channels: width D of the embeddings; 512 if None.
        encoder: ``"gcn"``, or a module ``(x, edge_index, edge_weight=None) -> h``, of which a
            copy with weights drawn anew encodes the diffusion. The named encoder multiplies by
            the diffusion as it is, without normalisation.
        num_layers: layers of the named encoder; 1 if None.
        activation: activation of the named encoder; ``"prelu"`` if None.
        diffusion: ``"ppr"`` or ``"heat"``; this and the next six are the arguments of
            :class:`~gcl.augmenters.Diffusion`.
        alpha: of ``"ppr"``: probability of stopping; 0.2 if None.
        t: of ``"heat"``: mean number of steps; 5 if None.
        diffusion_method: ``"exact"``, or ``"push"`` for more than 5,000 nodes.
        eps: accuracy of ``"push"``.
        threshold: entries of the diffusion below it are dropped.
        top_k: at most so many entries of a row are kept.
        window: nodes S of a window, if each step is to see windows of contiguous nodes instead of
            the whole graph, each with a summary of its own: 2,000 in the authors' code. A graph of
            no more nodes is taken whole.
        num_windows: windows W of a step, the authors' 4 if None.

    Shapes:
        ``step``: graph of N nodes -> scalar; ``embed``: graph of N nodes -> [N, D]

    Raises:
        TypeError, ValueError: for arguments out of range, or that would be ignored; for a batch
            of graphs or of seeds with ``window``.

    Cost:
        A step encodes 4N (or 4 W S) nodes, half of them along the diffusion; the loss takes
        O(N D + D^2). The diffusion is computed at the first step, and by ``embed`` for a new graph.

    Example:
        >>> method = MVGRL(in_channels=8, out_channels=16)
        >>> edge_index = torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]])
        >>> data = Data(x=torch.rand(3, 8), edge_index=edge_index)
        >>> method.step(data).shape, method.embed(data).shape
        (torch.Size([]), torch.Size([3, 16]))
    """

    def __init__(
        self,
        in_channels: int | None = None,
        hidden_channels: int | None = None,
        out_channels: int | None = None,
        *,
        encoder: str | nn.Module = "gcn",
        num_layers: int | None = None,
        activation: str | None = None,
        diffusion: str = "ppr",
        alpha: float | None = None,
        t: float | None = None,
        diffusion_method: str = "exact",
        eps: float | None = None,
        threshold: float = 0.0,
        top_k: int | None = 64,
        window: int | None = None,
        num_windows: int | None = None,
    ) -> None:
        sizes = {
            "in_channels": in_channels,
            "hidden_channels": hidden_channels,
            "out_channels": out_channels,
            "num_layers": num_layers,
            "activation": activation,
        }
        module, width = build_encoder(
            encoder, sizes, {"out_channels": 512, "num_layers": 1, "activation": "prelu"}
        )
        super().__init__(module)
        self.diffusion_encoder = drawn_anew(module, "encoder must give a second, other one")
        if isinstance(encoder, str) and isinstance(self.diffusion_encoder, GCN):
            self.diffusion_encoder.normalize = False
        self.diffusion = Diffusion(
            diffusion,
            alpha=alpha,
            t=t,
            method=diffusion_method,
            eps=eps,
            threshold=threshold,
            top_k=top_k,
        )
        self.window, self.num_windows = _check_windows(window, num_windows)
        self.loss = LocalGlobal(width)

    def step(self, batch: Data) -> Tensor:
        r"""Corrupt both views and return the loss of telling real nodes from corrupted ones."""
        check_graph(batch)
        view1, view2, order = self.draw(with_sparse_features(batch, self.encoder, ()))
        rows, graph = seed_rows(batch), view1.get("batch")
        h1, fake1 = self._encode(self.encoder, view1, order, rows)
        h2, fake2 = self._encode(self.diffusion_encoder, view2, order, rows)
        graph = None if graph is None else graph[rows]
        loss1 = self.loss(h1, fake1, graph, context=h2)
        loss2 = self.loss(h2, fake2, graph, context=h1)
        return (loss1 + loss2) / 2

    def draw(self, graph: Data) -> tuple[Data, Data, Tensor]:
        r"""Both views of a step, of the graph or of windows in it, and the order of the corruption.

        The windows are cut at the same places in both views and corrupted alike.
        """
        view1, view2 = graph, self.diffusion(graph)
        num_nodes, device = graph.num_nodes, graph.edge_index.device
        if self.window is not None:
            _refuse_parts(graph)
        if self.window is None or num_nodes <= self.window:
            return view1, view2, draw_order(num_nodes, device, graph.get("batch"))
        starts = draw_starts(num_nodes, self.window, self.num_windows, device)
        view1, view2 = (take_windows(view, starts, self.window) for view in (view1, view2))
        shift = view1.batch * self.window
        return view1, view2, draw_order(self.window, device).repeat(self.num_windows) + shift

    def _encode(
        self, encoder: nn.Module, view: Data, order: Tensor, rows: slice
    ) -> tuple[Tensor, Tensor]:
        r"""Embeddings of the chosen nodes, and of the same places in the corruption."""
        real, fake = encode(encoder, beside_corruption(view, order)).chunk(2)
        return real[rows], fake[rows]

    def represent(self, data: Data) -> Tensor:
        r"""The sum of both encoders' outputs: [N, D]."""
        return encode(self.encoder, data) + encode(self.diffusion_encoder, self.diffusion(data))


def _check_windows(window: int | None, num_windows: int | None) -> tuple[int | None, int]:
    if window is not None:
        check_int(window, "window", minimum=1)
    elif num_windows is not None:
        raise ValueError(f"num_windows must be None without window, got {num_windows}")
    return window, 4 if num_windows is None else check_int(num_windows, "num_windows", minimum=1)


def _refuse_parts(graph: Data) -> None:
    for name in ("batch", "batch_size"):
        if graph.get(name) is not None:
            raise ValueError(
                "window must be None for mini-batches and batches of graphs: it cuts windows out "
                f"of a whole graph; got one with {name!r}, {graph}"
            )
