"""How much memory a device has left, and how much of it a batch took."""

from __future__ import annotations

from typing import Protocol


class Meter(Protocol):
    """Looks at the memory of the device that a model runs on; all in bytes."""

    def free(self) -> int:
        """What a batch could have now."""
        ...

    def begin(self) -> None:
        """A batch begins: what it takes is counted from here."""
        ...

    def peak(self) -> int:
        """The most that was in use at once since then, above what was in use at that moment."""
        ...


class CudaMeter:
    """A GPU, by what its driver and torch's allocator count.

    What torch took from the driver and does not use is free for a batch too. That it may lie in pieces that are too
    small is one of the reasons not to fill all of it (``pipeline.speech.measured_batches.SHARE``).
    """

    def __init__(self, device: str) -> None:
        """``cuda`` or ``cuda:N``."""
        self._device = device
        self._before = 0

    def free(self) -> int:
        """What the driver has, which is less when another program takes some, and what torch keeps for later."""
        import torch

        free, _ = torch.cuda.mem_get_info(self._device)
        kept = torch.cuda.memory_reserved(self._device) - torch.cuda.memory_allocated(self._device)
        return int(free + kept)

    def begin(self) -> None:
        """Forget the highest count so far."""
        import torch

        torch.cuda.reset_peak_memory_stats(self._device)
        self._before = torch.cuda.memory_allocated(self._device)

    def peak(self) -> int:
        """By what tensors took."""
        import torch

        return int(torch.cuda.max_memory_allocated(self._device)) - self._before


def meter_of(device: str) -> Meter | None:
    """The meter of a device (``cpu``, ``cuda``, ``cuda:N``); None for a CPU, where a wider batch is limited by the
    time that it takes long before memory is short."""
    return CudaMeter(device) if device.partition(":")[0] == "cuda" else None
