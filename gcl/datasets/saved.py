r"""A user's graph as a saved PyG ``Data``."""

import pickle
from pathlib import Path

import torch
from torch_geometric.data import Data
from torch_geometric.data.data import DataEdgeAttr, DataTensorAttr
from torch_geometric.data.storage import EdgeStorage, GlobalStorage, NodeStorage

from gcl.datasets.unpickled import allowed

_SAFE = [Data, DataEdgeAttr, DataTensorAttr, GlobalStorage, NodeStorage, EdgeStorage]


def read_saved(path: Path) -> Data:
    r"""Read what ``torch.save(data, path)`` or ``torch.save(data.to_dict(), path)`` wrote.

    Only tensors and PyG's own classes are unpickled, so that a file cannot run code.
    """
    try:
        with allowed(_SAFE):
            data = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise ValueError(
            f"{path} is refused: it holds more than tensors and a PyG Data, or is damaged; "
            f"save it with torch.save(data.to_dict(), path) ({_first_line(error)})"
        ) from error
    except OSError:
        raise
    except Exception as error:  # damaged bytes can raise anything at all from the unpickler
        raise ValueError(f"{path} is corrupt or truncated: {_first_line(error)}") from error
    if isinstance(data, dict) and "edge_index" in data:
        data = Data.from_dict(data)
    if not isinstance(data, Data) or data.edge_index is None:
        raise ValueError(f"{path} must hold a PyG Data with edge_index, got {type(data).__name__}")
    return data


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return ": ".join([type(error).__name__, *lines[:1]])
