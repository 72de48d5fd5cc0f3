"""Read each kind of image file: what it will cost, from its headers alone, and then its pixels."""
