"""The report of a run as one self-contained HTML page: no script, no file beside it."""

from matching.report.page import report_page

__all__ = ["report_page"]
