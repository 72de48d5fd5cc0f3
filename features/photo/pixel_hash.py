"""Give the decoded pixels of a photo one hash, whatever file they came from."""

import hashlib

import numpy as np
from PIL import Image


def pixels_sha256(image: Image.Image) -> str:
    """Return the SHA-256 of shape, kind and bytes of an upright RGB picture, as the model sees it."""
    pixels = np.asarray(image)
    digest = hashlib.sha256(f"{'x'.join(map(str, pixels.shape))} {pixels.dtype}\n".encode())
    digest.update(np.ascontiguousarray(pixels).data)
    return digest.hexdigest()
