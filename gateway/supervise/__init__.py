"""Starts the parts of a gateway as child processes, keeps them alive, and ends them in order.

LAW: knows processes, signals and lines of text; nothing of what the children do.
"""

from __future__ import annotations

from gateway.supervise.child import Child
from gateway.supervise.supervisor import Limits, Supervisor

__all__ = ["Child", "Limits", "Supervisor"]
