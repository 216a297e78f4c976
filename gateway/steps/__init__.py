"""What happens to a message, one file a step, in the order of docs/architecture.md.

LAW: a step opens its transactions, calls the core and the store, and rings the bell; it knows
channels only through ``channels.base``, and neither Flask nor RQ.
"""
