r"""One file per checkpoint: tensors and primitives only, written whole or not at all."""

import errno
import json
import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from gcl.checks import describe
from gcl.files import written_whole
from gcl.training.errors import CheckpointError
from gcl.training.plain import plain_copy
from gcl.version import __version__

FORMAT = "gcl.checkpoint"
FORMAT_VERSION = 1


@dataclass(frozen=True)
class Checkpoint:
    r"""What a checkpoint file holds.

    Attributes:
        weights: the method's ``state_dict`` to use: the best one of a monitored run, else the last.
        config: the plain dictionary stored with it, if any; enough to build the method again.
        training: what :func:`~gcl.training.fit` needs to resume; None for bare weights.
        gcl_version: the version of this package that wrote the file.
        path: the file it was read from.
    """

    weights: dict[str, Any]
    config: dict[str, Any] | None
    training: dict[str, Any] | None
    gcl_version: str
    path: Path

    def load_into(self, method: nn.Module) -> None:
        r"""Load :attr:`weights` into ``method``; a CheckpointError names what does not fit."""
        load_weights(method, self.weights, self.path)


def save_checkpoint(
    path: str | Path, method: nn.Module, *, config: Mapping[str, Any] | None = None
) -> None:
    r"""Write the weights of ``method`` to one file, atomically.

    The file is written beside its destination, flushed to disk and moved over it: a crash leaves
    the old file or the new one, never half of one. It holds tensors and primitives only, and is
    read with ``weights_only=True``. A file saved so holds no state of a run:
    :func:`~gcl.training.fit` writes its own, resumable checkpoints.

    Args:
        path: the file to write; its folder must exist.
        method: any ``nn.Module``.
        config: anything json can hold, stored inside (for instance how to build the method).

    Raises:
        TypeError: if ``config`` is not plain, or the ``state_dict`` holds more than tensors and
            primitives.

    Example:
        >>> import tempfile, torch
        >>> from gcl.training import load_checkpoint, save_checkpoint
        >>> path = tempfile.mkdtemp() + "/linear.pt"
        >>> save_checkpoint(path, torch.nn.Linear(2, 3), config={"out_features": 3})
        >>> checkpoint = load_checkpoint(path)
        >>> layer = torch.nn.Linear(2, checkpoint.config["out_features"])
        >>> checkpoint.load_into(layer)
    """
    weights = plain_copy(method.state_dict(), "the state_dict of the method")
    write(path, weights=weights, config=plain_config(config), training=None)


def load_checkpoint(path: str | Path, method: nn.Module | None = None) -> Checkpoint:
    r"""Read a checkpoint onto the CPU and, if ``method`` is given, load its weights into it.

    Args:
        path: a file written by :func:`save_checkpoint` or :func:`~gcl.training.fit`.
        method: an ``nn.Module`` of the same architecture, on any device.

    Raises:
        FileNotFoundError: if there is no such file.
        CheckpointError: if it is damaged, not a checkpoint of this package, of a newer format, or
            does not fit ``method``; the message names the keys and shapes that differ.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"there is no checkpoint at {path}")
    payload = _read(path)
    checkpoint = Checkpoint(
        payload["weights"], payload["config"], payload["training"], payload["gcl"], path
    )
    if method is not None:
        checkpoint.load_into(method)
    return checkpoint


def plain_config(config: Mapping[str, Any] | None) -> dict[str, Any] | None:
    r"""``config`` as json would read it back, so that no numpy scalar or object slips in."""
    if config is None:
        return None
    if not isinstance(config, Mapping):
        raise TypeError(f"config must be a dictionary, got {describe(config)}")
    try:
        return json.loads(json.dumps(dict(config)))
    except (TypeError, ValueError) as error:
        raise TypeError(f"config must hold what json can hold: {error}") from error


def write(
    path: str | Path,
    *,
    weights: dict[str, Any],
    config: dict[str, Any] | None,
    training: dict[str, Any] | None,
) -> None:
    r"""Write the payload, already plain, beside ``path`` and move it there."""
    payload = {
        "format": FORMAT,
        "version": FORMAT_VERSION,
        "gcl": __version__,
        "weights": weights,
        "config": config,
        "training": training,
    }
    with written_whole(Path(path)) as part, part.open("wb") as file:
        torch.save(payload, file)
        file.flush()
        os.fsync(file.fileno())


def load_weights(method: nn.Module, weights: dict[str, Any], source: object) -> None:
    r"""``method.load_state_dict`` with an error that names what differs, before any change."""
    own = method.state_dict()
    problems = [
        *_names("missing", [key for key in own if key not in weights]),
        *_names("unexpected", [key for key in weights if key not in own]),
        *_names("of another shape", _reshaped(own, weights)),
    ]
    if problems:
        name = type(method).__name__
        raise CheckpointError(f"the weights in {source} do not fit {name}: {'; '.join(problems)}")
    method.load_state_dict(weights)


def _reshaped(own: Mapping[str, Any], weights: Mapping[str, Any]) -> list[str]:
    shapes = {key: (_shape(weights[key]), _shape(own[key])) for key in own if key in weights}
    return [f"{key} (stored {a}, method {b})" for key, (a, b) in shapes.items() if a != b]


def _shape(value: Any) -> list[int] | None:
    return list(value.shape) if isinstance(value, torch.Tensor) else None


def _names(kind: str, keys: list[str]) -> list[str]:
    more = f" and {len(keys) - 5} more" if len(keys) > 5 else ""
    return [f"{kind}: {', '.join(keys[:5])}{more}"] if keys else []


def _read(path: Path) -> dict[str, Any]:
    try:
        _verify(path)
        payload = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # damaged bytes can raise anything at all from the unpickler
        if isinstance(error, OSError) and error.errno != errno.EINVAL:  # no place in a file
            raise
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise CheckpointError(f"{path} is damaged or not a checkpoint: {reason}") from error
    if not isinstance(payload, dict) or payload.get("format") != FORMAT:
        raise CheckpointError(f"{path} is not a checkpoint written by gcl")
    if payload["version"] > FORMAT_VERSION:
        raise CheckpointError(
            f"{path} has format {payload['version']}, written by gcl {payload['gcl']}; "
            f"gcl {__version__} reads up to format {FORMAT_VERSION}"
        )
    lacking = [name for name in ("weights", "config", "training") if name not in payload]
    if lacking:
        raise CheckpointError(f"{path} is incomplete: it lacks {', '.join(lacking)}")
    return payload


def _verify(path: Path) -> None:
    # torch.load does not compare the checksums it stores: a flipped bit in a weight would pass.
    with zipfile.ZipFile(path) as archive:
        damaged = archive.testzip()
        # What is marked as a folder it takes for read without reading it.
        folders = [info.filename for info in archive.infolist() if info.external_attr]
    if damaged is not None:
        raise zipfile.BadZipFile(f"the checksum of {damaged} is wrong")
    if folders:
        raise zipfile.BadZipFile(f"the attributes of {folders[0]} are wrong")
