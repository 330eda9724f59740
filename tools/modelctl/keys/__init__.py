"""``modelctl keys``: issues, changes, watches and explains API keys."""
