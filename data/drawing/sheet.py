"""Draw the sheet of examples in the documents: `python -m data.drawing.sheet [FILE]`."""

import sys
from pathlib import Path

import numpy as np

from data.defect import DefectKind
from data.device import DeviceClass, View
from data.drawing.photos import DrawnPhoto, draw_photo
from data.drawing.surface import raster
from data.drawing.surface.raster import Mask

SHEET = Path(__file__).parents[2] / "docs" / "drawn-photos.jpg"
_CELL_PX = 230
_CAPTION_PX = 20
_COLUMNS = 6
_QUALITY = 80
_MARK = (255, 60, 200)
_DEVICES = (
    (DeviceClass.PHONE, View.FRONT_ON),
    (DeviceClass.TABLET, View.BACK),
    (DeviceClass.LAPTOP, View.FRONT_ON),
    (DeviceClass.ROUTER, View.FRONT_OFF),
    (DeviceClass.MODEM, View.BACK),
    (DeviceClass.IOT_SENSOR, View.FRONT_OFF),
    (DeviceClass.NETWORK_GEAR, View.BOTTOM),
    (DeviceClass.PHONE, View.LEFT),
    (DeviceClass.ROUTER, View.LABEL),
    (DeviceClass.PHONE, View.FRONT_RAKING),
)
_BACKS = (
    DeviceClass.PHONE,
    DeviceClass.PHONE,
    DeviceClass.PHONE,
    DeviceClass.TABLET,
    DeviceClass.LAPTOP,
    DeviceClass.ROUTER,
)
_SHOWN_ON = {
    DefectKind.DENT: (DeviceClass.TABLET, View.BACK),
    DefectKind.BENT: (DeviceClass.PHONE, View.BACK),
    DefectKind.COATING_LOSS: (DeviceClass.PHONE, View.BACK),
    DefectKind.DISCOLOURATION: (DeviceClass.ROUTER, View.FRONT_OFF),
    DefectKind.MISSING_PART: (DeviceClass.LAPTOP, View.FRONT_OFF),
    DefectKind.DISPLAY_FAULT: (DeviceClass.PHONE, View.FRONT_ON),
    DefectKind.SWELLING: (DeviceClass.PHONE, View.LEFT),
}


def draw_sheet() -> bytes:
    """Return a JPEG of intact devices, each defect without and with its mask marked, and rows that compare.

    Under the defects: lit screens, worn backs, and intact backs that a model must not take for worn ones.
    """
    cells = [_device_cell(number, name, view) for number, (name, view) in enumerate(_DEVICES)]
    for number, kind in enumerate(DefectKind):
        cells += _defect_cells(number, kind)
    cells += [_cell(_photo(3, number, DeviceClass.PHONE, View.FRONT_ON), "intact") for number in range(6)]
    worn = (DefectKind.COATING_LOSS,)
    cells += [_cell(_photo(4, number, name, View.BACK, worn), "worn") for number, name in enumerate(_BACKS)]
    cells += [_cell(_photo(5, number, name, View.BACK), "intact") for number, name in enumerate(_BACKS)]
    blank = np.full((_CELL_PX + _CAPTION_PX, _CELL_PX, 3), 255, np.uint8)
    cells += [blank] * (-len(cells) % _COLUMNS)
    rows = [np.hstack(cells[start : start + _COLUMNS]) for start in range(0, len(cells), _COLUMNS)]
    return raster.encode_jpeg(np.ascontiguousarray(np.vstack(rows)), _QUALITY)


def _photo(
    row: int, number: int, device_class: DeviceClass, view: View, kinds: tuple[DefectKind, ...] = ()
) -> Mask:
    rng = np.random.default_rng([row, number])
    return draw_photo(rng, device_class=device_class, view=view, kinds=kinds).pixels


def _device_cell(number: int, device_class: DeviceClass, view: View) -> Mask:
    return _cell(_photo(1, number, device_class, view), f"{device_class} {view}")


def _defect_cells(number: int, kind: DefectKind) -> list[Mask]:
    name, view = _SHOWN_ON.get(kind, (DeviceClass.PHONE, View.FRONT_OFF))
    photo = draw_photo(np.random.default_rng([2, number]), kinds=(kind,), device_class=name, view=view)
    severity = photo.defects[0].severity if photo.defects else ""
    return [_cell(photo.pixels, f"{kind} {severity}"), _cell(_marked(photo, kind), "its mask")]


def _marked(photo: DrawnPhoto, kind: DefectKind) -> Mask:
    marked = photo.pixels.copy()
    marked[raster.grow(photo.mask(kind), 1) > 0] = _MARK
    return marked


def _cell(pixels: Mask, caption: str) -> Mask:
    height, width = pixels.shape[:2]
    shrink = (_CELL_PX - 4) / max(height, width)
    size = max(1, int(width * shrink)), max(1, int(height * shrink))
    small = raster.resize(pixels.astype(np.float32), *size)
    cell = np.full((_CELL_PX + _CAPTION_PX, _CELL_PX, 3), 255, np.uint8)
    left = (_CELL_PX - size[0]) // 2
    cell[: size[1], left : left + size[0]] = np.clip(small, 0, 255).astype(np.uint8)
    ink = np.zeros(cell.shape[:2], np.uint8)
    raster.write(ink, caption.replace("_", " "), (6.0, float(_CELL_PX + 14)), 9.0)
    cell[ink > 90] = 40
    return cell


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else SHEET
    size = target.write_bytes(draw_sheet())
    sys.stdout.write(f"drew {target}, {size / 1e3:.0f} kB\n")
