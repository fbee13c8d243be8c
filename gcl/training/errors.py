class TrainingError(RuntimeError):
    r"""Training cannot go on: a loss, gradient or probe is not finite. The message says why."""


class CheckpointError(ValueError):
    r"""A checkpoint is damaged, foreign, or does not fit the method or the run it is used for."""
