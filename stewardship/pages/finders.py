"""Static files that stand beside their page's view and template."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.contrib.staticfiles.finders import BaseFinder, searched_locations
from django.contrib.staticfiles.utils import matches_patterns
from django.core.files.storage import FileSystemStorage

PAGES = Path(__file__).resolve().parent
PREFIX = PAGES.name
SERVED = frozenset({".css", ".js", ".svg"})


class PageFilesFinder(BaseFinder):
    """Finds `pages/queue/queue.css`. Views and templates lie in the same folders and are never served."""

    def __init__(self, app_names: object = None, *args: object, **kwargs: object) -> None:
        super().__init__()
        # The storage's root is the app's folder, so that names keep the prefix `pages/`.
        self._storage = FileSystemStorage(location=PAGES.parent)

    # Any: Django's own signature, which says `all` and `find_all` in turn.
    def find(self, path: str, *args: Any, find_all: bool = False, **kwargs: Any) -> Any:
        """The file's absolute path; with `find_all` a list of it."""
        if str(PAGES) not in searched_locations:
            searched_locations.append(str(PAGES))
        wanted = (PAGES.parent / path).resolve()
        known = wanted.suffix in SERVED and wanted.is_relative_to(PAGES) and wanted.is_file()
        if find_all:
            return [str(wanted)] if known else []
        return str(wanted) if known else None

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, FileSystemStorage]]:
        """Every served file, for `collectstatic`."""
        for file in sorted(PAGES.rglob("*")):
            name = f"{PREFIX}/{file.relative_to(PAGES).as_posix()}"
            if file.suffix in SERVED and not matches_patterns(name, list(ignore_patterns or ())):
                yield name, self._storage
