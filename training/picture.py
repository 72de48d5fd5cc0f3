"""Put a figure into a page, so that the page is one file."""

import base64
import io

from matplotlib.figure import Figure


def to_data_uri(figure: Figure, *, dpi: int = 100) -> str:
    """Return a figure as a PNG inside a page."""
    body = io.BytesIO()
    figure.savefig(body, format="png", dpi=dpi)
    return "data:image/png;base64," + base64.b64encode(body.getvalue()).decode()
