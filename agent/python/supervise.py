"""Starts a sandbox. The agent runs this file with ``python3 -I -S -B -X utf8``; see ``spec/sandbox.md``."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))

from cloister._internal.supervisor import main  # noqa: E402

if __name__ == "__main__":
    main()
