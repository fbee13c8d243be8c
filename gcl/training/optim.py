r"""Optimisers and learning-rate schedules, by name or ready made."""

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from torch import Tensor, nn
from torch.optim import Adam, AdamW, Optimizer
from torch.optim.lr_scheduler import LambdaLR, LRScheduler, ReduceLROnPlateau

from gcl.checks import (
    check_choice,
    check_finite,
    check_int,
    check_non_negative,
    check_positive,
    describe,
)

OPTIMIZERS: dict[str, type[Adam]] = {"adam": Adam, "adamw": AdamW}
FUSED = {"cpu", "cuda"}
SCHEDULES = ("constant", "cosine", "exponential")
DEFAULT_LR = 5e-4


class Decay(NamedTuple):
    r"""By what the rate is multiplied after an epoch, and where it ends."""

    factor: float
    lowest: float


def make_optimizer(
    method: nn.Module, optimizer: str | Optimizer, lr: float | None, weight_decay: float | None
) -> Optimizer:
    r"""The optimiser of the method's trainable parameters, or the ready one, checked."""
    parameters = [p for p in method.parameters() if p.requires_grad]
    if not parameters:
        raise ValueError(f"method has no trainable parameter: {type(method).__name__}")
    if isinstance(optimizer, Optimizer):
        return _check_ready(optimizer, parameters, lr, weight_decay)
    if not isinstance(optimizer, str):
        raise TypeError(
            f"optimizer must be 'adam', 'adamw' or a torch Optimizer, got {describe(optimizer)}"
        )
    kind = OPTIMIZERS[check_choice(optimizer, "optimizer", OPTIMIZERS)]
    lr = DEFAULT_LR if lr is None else check_positive(lr, "lr")
    decay = 0.0 if weight_decay is None else check_non_negative(weight_decay, "weight_decay")
    fused = _fusible(parameters) or None  # None, unlike False, leaves torch its other fast form
    return kind(parameters, lr=lr, weight_decay=decay, fused=fused)


def _fusible(parameters: list[nn.Parameter]) -> bool:
    r"""Whether one kernel can do a step: on a CPU it reads memory once instead of a dozen times.

    That kernel walks through memory as it lies. Autograd lays a gradient out as its parameter, but
    one with gaps in memory gets a gradient without: both would be misread, and no error raised.
    """
    devices = {p.device.type for p in parameters}
    return devices <= FUSED and all(p.is_floating_point() and p.is_contiguous() for p in parameters)


def _check_ready(
    optimizer: Optimizer,
    parameters: list[nn.Parameter],
    lr: float | None,
    weight_decay: float | None,
) -> Optimizer:
    for name, value in (("lr", lr), ("weight_decay", weight_decay)):
        if value is not None:
            raise ValueError(f"{name}={value} would be ignored: the optimizer given has its own")
    held = {id(p) for group in optimizer.param_groups for p in group["params"]}
    if not any(id(p) in held for p in parameters):
        raise ValueError("optimizer holds none of the method's trainable parameters")
    return optimizer


def describe_optimizer(optimizer: Optimizer) -> dict[str, str | float | None]:
    r"""What a resumed run must share: its state would silently replace any other value."""
    lr, decay = (optimizer.defaults.get(name) for name in ("lr", "weight_decay"))
    return {
        "optimizer": type(optimizer).__name__,
        "lr": None if lr is None else float(lr),
        "weight_decay": None if decay is None else float(decay),
    }


# What a schedule moves, or says how a step is computed and not what it comes to.
_FREE = {"params", "lr", "initial_lr", "fused", "foreach", "capturable", "param_names"}


def check_groups(optimizer: Optimizer, stored: Mapping[str, Any], source: object) -> None:
    r"""ValueError where the optimiser of a run has other hyper-parameters than this one."""
    pairs = zip(stored["param_groups"], optimizer.param_groups, strict=False)
    for number, (then, now) in enumerate(pairs):
        moved = {"momentum", "betas"} if "base_momentum" in now else set()  # by a cyclic schedule
        for name in sorted((then.keys() & now.keys()) - _FREE - moved):
            if _plain(then[name]) != _plain(now[name]):
                raise ValueError(
                    f"{name}={now[name]!r} of parameter group {number} would change the run to "
                    f"resume, which has {name}={then[name]!r} in {source}"
                )


def _plain(value: Any) -> Any:
    r"""A value that compares whether it was stored as tuple or list, tensor or number."""
    value = value.tolist() if isinstance(value, Tensor) else value
    return [_plain(entry) for entry in value] if isinstance(value, tuple | list) else value


def make_scheduler(
    optimizer: Optimizer,
    schedule: str | LRScheduler,
    warmup: int,
    horizon: int,
    decay: Decay | None = None,
) -> LRScheduler | None:
    r"""The schedule, stepped once per epoch; None where the rate never changes."""
    if isinstance(schedule, LRScheduler):
        return _check_schedule(optimizer, schedule, warmup)
    if not isinstance(schedule, str):
        raise TypeError(
            f"schedule must be 'constant', 'cosine', 'exponential' or a torch LRScheduler, "
            f"got {describe(schedule)}"
        )
    check_choice(schedule, "schedule", SCHEDULES)
    if schedule == "constant":
        return LambdaLR(optimizer, _warm(warmup)) if warmup else None
    if decay is not None:
        rates = [group["lr"] for group in optimizer.param_groups]
        return LambdaLR(optimizer, [_exponential(warmup, decay, rate) for rate in rates])
    return LambdaLR(optimizer, _cosine(warmup, horizon))


def _check_schedule(optimizer: Optimizer, schedule: LRScheduler, warmup: int) -> LRScheduler:
    if isinstance(schedule, ReduceLROnPlateau):
        raise TypeError("schedule must not need a metric, got ReduceLROnPlateau; use patience")
    if schedule.optimizer is not optimizer:
        raise ValueError("schedule belongs to another optimizer; pass that one as optimizer")
    if warmup:
        raise ValueError(f"warmup={warmup} would be ignored: the schedule given has its own rate")
    return schedule


def check_horizon(
    schedule: str | LRScheduler, schedule_epochs: int | None, epochs: int, warmup: int
) -> int | None:
    r"""Over how many epochs the cosine runs; None for the schedules that have no horizon."""
    check_int(warmup, "warmup")
    if schedule != "cosine":
        if schedule_epochs is not None:
            raise ValueError(
                f"schedule_epochs={schedule_epochs} would be ignored: only 'cosine' has a horizon"
            )
        return None
    horizon = epochs if schedule_epochs is None else check_int(schedule_epochs, "schedule_epochs")
    if horizon < epochs:
        raise ValueError(f"schedule_epochs must be at least epochs={epochs}, got {horizon}")
    if warmup >= horizon > 0:
        raise ValueError(f"warmup must be below the {horizon} epochs of the schedule, got {warmup}")
    return horizon


def check_decay(
    schedule: str | LRScheduler, lr_decay: float | None, lr_min: float | None
) -> Decay | None:
    r"""How the exponential schedule falls; None for the others."""
    if schedule != "exponential":
        for name, value in (("lr_decay", lr_decay), ("lr_min", lr_min)):
            if value is not None:
                raise ValueError(f"{name}={value} would be ignored: only 'exponential' has it")
        return None
    if lr_decay is None or not 0 < check_finite(lr_decay, "lr_decay") <= 1:
        raise ValueError(f"lr_decay must be in (0, 1] for schedule='exponential', got {lr_decay}")
    return Decay(lr_decay, 0.0 if lr_min is None else check_non_negative(lr_min, "lr_min"))


def _warm(warmup: int) -> Callable[[int], float]:
    return lambda epoch: min(1.0, (epoch + 1) / (warmup + 1))


def _cosine(warmup: int, horizon: int) -> Callable[[int], float]:
    def factor(epoch: int) -> float:
        if epoch < warmup:
            return (epoch + 1) / (warmup + 1)
        done = (epoch - warmup) / max(1, horizon - warmup)
        return 0.5 * (1.0 + math.cos(math.pi * min(1.0, done)))

    return factor


def _exponential(warmup: int, decay: Decay, lr: float) -> Callable[[int], float]:
    if decay.lowest > lr:
        raise ValueError(f"lr_min must be at most lr={lr}, got {decay.lowest}")

    def factor(epoch: int) -> float:
        if epoch < warmup:
            return (epoch + 1) / (warmup + 1)
        return max(decay.factor ** (epoch - warmup), decay.lowest / lr)

    return factor
