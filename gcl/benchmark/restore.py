r"""A trained method, built again from the checkpoint of its run."""

from pathlib import Path
from typing import NamedTuple

from gcl.benchmark.config import Config
from gcl.benchmark.run import build
from gcl.methods import Method
from gcl.training import CheckpointError, load_checkpoint
from gcl.training.folder import CHECKPOINT


class Restored(NamedTuple):
    r"""A trained method, the run it comes from, and the width F of the features it takes."""

    config: Config
    method: Method
    in_channels: int


def restore(path: str | Path) -> Restored:
    r"""Build the method that a checkpoint holds, with its trained weights, on the CPU.

    Args:
        path: the folder of a run, or its checkpoint.

    Returns:
        The run's configuration, the method, and how many features it takes.

    Raises:
        FileNotFoundError: if there is no checkpoint.
        gcl.training.CheckpointError: if it is damaged, or holds no run of :func:`train`.
    """
    path = Path(path)
    checkpoint = load_checkpoint(path / CHECKPOINT if path.is_dir() else path)
    if "num_users" in (checkpoint.config or {}):
        raise CheckpointError(
            f"{checkpoint.path} holds a recommender, which embeds users and items: gcl recommend "
            "--embeddings, or gcl.benchmark.restore_recommender"
        )
    if checkpoint.config is None or "in_channels" not in checkpoint.config:
        raise CheckpointError(
            f"{checkpoint.path} does not say how its method is built: it was not written by "
            "gcl train or gcl.benchmark.train"
        )
    content = dict(checkpoint.config)
    in_channels = content.pop("in_channels")
    try:
        config = Config.from_dict(content)
        method = build(config, in_channels)
    except (TypeError, ValueError) as error:
        raise CheckpointError(
            f"{checkpoint.path}, written by gcl {checkpoint.gcl_version}, holds a run that "
            f"cannot be built: {error}"
        ) from error
    checkpoint.load_into(method)
    return Restored(config, method, in_channels)
