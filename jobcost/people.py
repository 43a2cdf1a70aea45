"""By what people are told apart: their e-mail addresses, in one spelling."""

import unicodedata


def email_key(email: str) -> str:
    """Spell an e-mail address in the one form by which people are told apart; total, "" for blanks.

    Case, blanks around it, and the ways to encode the same letters do not make another person. A part after "+" does:
    only the mail server knows what it means.

    >>> email_key(" Ana.Ruiz@Example.com ")
    'ana.ruiz@example.com'
    """
    # What is no character at all (NUL, half of a surrogate pair) is in nobody's address, and no database takes it.
    known = email.replace("\x00", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    # Folding may leave letters that can be composed again, hence twice.
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", known).strip().casefold())
