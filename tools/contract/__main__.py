"""``python -m contract FORM``: prints what `make docs` writes: the document, or a form of it."""

import sys

from contract.document import compact, text
from contract.page import page

FORMS = {"text": text, "compact": compact, "page": page}

if __name__ == "__main__":
    sys.stdout.write(FORMS[sys.argv[1]]())
