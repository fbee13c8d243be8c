r"""``python -m gcl``: the command line where the script ``gcl`` is not on the path."""

import sys

from gcl.cli import main

if __name__ == "__main__":
    sys.exit(main())
