"""The key of every journal that the tests make. Invented, and worth nothing elsewhere."""

JOURNAL_KEY = "dGhlIGtleSBvZiB0aGUgdGVzdHMsIDMyIGJ5dGVzISE="
