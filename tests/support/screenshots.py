"""Pictures of pages for the documentation, written only where one would see the difference."""

from base64 import b64encode
from pathlib import Path

from playwright.sync_api import Browser

_LARGEST = 200_000  # bytes, since whoever reads a page of documentation loads it
_DIFFERING = 0.0005  # of all pixels; a changed word is more
_COMPARE = """async (pictures) => {
  const [one, other] = await Promise.all(pictures.map(async (picture) => {
    const image = new Image();
    image.src = `data:image/png;base64,${picture}`;
    await image.decode();
    const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
    canvas.drawImage(image, 0, 0);
    return canvas.getImageData(0, 0, image.width, image.height);
  }));
  if (one.width !== other.width || one.height !== other.height) return 1;
  let differing = 0;
  for (let at = 0; at < one.data.length; at += 4) {
    const apart = (color) => Math.abs(one.data[at + color] - other.data[at + color]);
    if (Math.max(apart(0), apart(1), apart(2)) > 32) differing++;
  }
  return differing / (one.width * one.height);
}"""


def refresh(browser: Browser, file: Path, picture: bytes) -> None:
    """Write a picture down unless the one that is there looks the same."""
    assert len(picture) < _LARGEST, f"{file.name} would have {len(picture)} bytes"
    if not file.exists() or _difference(browser, file.read_bytes(), picture) > _DIFFERING:
        file.write_bytes(picture)


def _difference(browser: Browser, one: bytes, other: bytes) -> float:
    """Return the share of pixels in which two pictures differ."""
    page = browser.new_page()
    try:
        pictures = [b64encode(picture).decode() for picture in (one, other)]
        share: float = page.evaluate(_COMPARE, pictures)
        return share
    finally:
        page.close()
