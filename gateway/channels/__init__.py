"""The only vendors: one file a provider.

LAW: a channel proves, reads and sends; it decides nothing, stores nothing, and imports of the
house only ``domain``, ``settings`` and ``channels.base``.
"""
