"""Write down what the network saw in a photo and read it back, bit for bit."""

import io
import json

import numpy as np

from data.defect import DefectKind
from data.device import DeviceClass, View
from features.photo.photo import Frame, Region
from serving.condition.inference import Prediction


def write_prediction(prediction: Prediction) -> bytes:
    """Return a prediction as bytes; of the frame only where it lay, since no more is asked of it."""
    frame, region = prediction.frame, prediction.region
    told = {
        "defects": prediction.defects,
        "frame": [frame.left, frame.top, frame.fraction_per_px_x, frame.fraction_per_px_y],
        "frame_shape": frame.pixels.shape,
        "region": [region.left, region.top, region.right, region.bottom] if region else None,
        "device_class": prediction.device_class,
        "view": prediction.view,
        "view_chances": prediction.view_chances,
    }
    body = io.BytesIO()
    np.savez_compressed(body, map=prediction.map, told=np.frombuffer(json.dumps(told).encode(), np.uint8))
    return body.getvalue()


def read_prediction(body: bytes) -> Prediction:
    """Return what `write_prediction` wrote, also before it wrote how likely each view is."""
    with np.load(io.BytesIO(body), allow_pickle=False) as file:
        told, places = json.loads(file["told"].tobytes()), file["map"]
    chances = told.get("view_chances")
    frame = Frame(np.broadcast_to(np.uint8(0), told["frame_shape"]), *told["frame"])
    return Prediction(
        defects={DefectKind(kind): chance for kind, chance in told["defects"].items()},
        map=places,
        frame=frame,
        region=Region(*told["region"]) if told["region"] else None,
        device_class=DeviceClass(told["device_class"]) if told["device_class"] else None,
        view=View(told["view"]),
        view_chances={View(view): chance for view, chance in chances.items()} if chances else None,
    )
