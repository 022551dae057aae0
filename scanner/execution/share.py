"""Which share of the blocks is this process's, as the user or a batch system says."""

from __future__ import annotations

import re
from collections.abc import Mapping

from scanner.errors import ScanFileError

__all__ = ["share"]


def share(text: str | None, environment: Mapping[str, str]) -> tuple[int, int]:
    """Number of this share, from 0, and of how many.

    Parameters
    ----------
    text : str or None
        "K/N", counted from 1; None: what the variables of a SLURM step and array, or of an array of SGE or LSF, say.
    environment : mapping
        The variables.

    Raises
    ------
    ScanFileError
        The text is not of that form.

    Examples
    --------
    >>> share("2/8", {}), share(None, {})
    ((1, 8), (0, 1))
    >>> array = {"SLURM_ARRAY_TASK_ID": "7", "SLURM_ARRAY_TASK_MIN": "5", "SLURM_ARRAY_TASK_COUNT": "10"}
    >>> share(None, array | {"SLURM_PROCID": "3", "SLURM_NTASKS": "4"})  # the third task, and the fourth process of it
    (11, 40)
    """
    if text is not None:
        match = re.fullmatch(r"(\d+)/(\d+)", text)
        if match is None or not 1 <= int(match[1]) <= int(match[2]):
            raise ScanFileError(f"--part {text}: write K/N with K from 1 to N, for example 2/8")
        return int(match[1]) - 1, int(match[2])

    def number(name: str, default: int) -> int:
        value = environment.get(name, "")
        return int(value) if value.isdecimal() else default

    task, tasks = 0, 1
    if "SLURM_ARRAY_TASK_ID" in environment:
        first, step = number("SLURM_ARRAY_TASK_MIN", 0), max(1, number("SLURM_ARRAY_TASK_STEP", 1))
        task, tasks = (number("SLURM_ARRAY_TASK_ID", 0) - first) // step, max(1, number("SLURM_ARRAY_TASK_COUNT", 1))
    elif environment.get("SGE_TASK_ID", "undefined").isdecimal():
        first, step = number("SGE_TASK_FIRST", 1), max(1, number("SGE_TASK_STEPSIZE", 1))
        task = (number("SGE_TASK_ID", 1) - first) // step
        tasks = (number("SGE_TASK_LAST", first) - first) // step + 1
    elif number("LSB_JOBINDEX", 0):
        task, tasks = number("LSB_JOBINDEX", 1) - 1, max(1, number("LSB_JOBINDEX_END", 1))
    process, processes = number("SLURM_PROCID", 0), max(1, number("SLURM_NTASKS", 1))
    return task % tasks * processes + process % processes, tasks * processes
