"""``python -m gateway`` is ``safetynet``."""

from gateway.cli import main

main()
