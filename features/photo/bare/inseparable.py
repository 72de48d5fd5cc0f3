"""Say that a file can't be parted from its notes without touching its picture."""


class InseparableNotes(ValueError):
    """What is written beside the pixels shares its bytes with them, or can't be told from them."""
