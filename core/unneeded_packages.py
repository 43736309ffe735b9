"""Packages that other packages import for nothing, only because they are installed."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


class NotInstalled:
    """The first of Python's finders of modules: these it finds missing."""

    def __init__(self, names: tuple[str, ...]):
        self.names = names

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        # None asks the next finder.
        if name in self.names:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


@contextmanager
def not_installed(*names: str) -> Iterator[None]:
    """Within the block they cannot be imported, as if they were not there; afterwards they can.

    What is imported already stays.
    """
    finder = NotInstalled(names)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
