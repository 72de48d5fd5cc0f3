"""Keep photos as evidence, each under the hash of its bytes, in a folder or any store that fsspec speaks."""
