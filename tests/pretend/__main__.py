"""``python -m tests.pretend --port P [--delay S]``."""

from __future__ import annotations

import argparse

from tests.pretend import main

parser = argparse.ArgumentParser()
parser.add_argument("--port", type=int, required=True)
parser.add_argument("--delay", type=float, default=0.0)
options = parser.parse_args()
main(options.port, options.delay)
