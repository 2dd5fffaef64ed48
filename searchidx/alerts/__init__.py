"""Alerts at work: run those that are due, and deliver what they found.

`searchidx.workspace.alert_run` finds and records; this package renders and delivers.
"""

from searchidx.alerts.runner import AlertRun, run

__all__ = ["AlertRun", "run"]
