"""A progress bar for commands."""

import time

from django.core.management.base import OutputWrapper


class Progress:
    """Call it with (done, total). A terminal shows each step, any other output only the last."""

    def __init__(self, out: OutputWrapper, what: str):
        self.out, self.what, self.start, self.shown = out, what, time.monotonic(), 0.0

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        is_finished = done >= total
        if not is_finished and (not self.out.isatty() or now - self.shown < 0.1):
            return
        self.shown = now
        share = done / total if total else 1
        bar = "█" * round(20 * share)
        line = f"{self.what} {bar:░<20} {share:4.0%} {now - self.start:5.1f} s"
        self.out.write(
            f"\r{line}" if self.out.isatty() else line, ending="\n" if is_finished else ""
        )
        self.out.flush()
