"""``python -m contract``: writes docs/openapi.json anew."""

import sys

from contract.document import text

if __name__ == "__main__":
    sys.stdout.write(text())
