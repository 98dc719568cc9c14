"""Text that is cut off: a person sees only a part of it, and on a phone nothing shows the rest."""

from typing import Final

from playwright.async_api import Locator

from .dialogs import PAINTED

# The widths of phones, of which the smaller ones are common too.
PHONES: Final = (390, 360)
PHONE_HEIGHT: Final = 800
# Home Assistant's own parts, whose texts are neither ours nor ours to shorten: selector -> reason.
NOT_OURS: Final[dict[str, str]] = {}
# Each text that is cut, and the element that cuts it, below an element of the page and through all shadow trees.
CUT: Final = """(root, notOurs) => {
  const above = node => node.assignedSlot ?? node.parentElement ?? node.parentNode?.host ?? null;
  const below = node => {
    const slotted = node.localName === 'slot' ? node.assignedNodes() : [];
    return slotted.length ? slotted : [...(node.shadowRoot ?? node).childNodes];
  };
  const cutter = text => {
    const range = document.createRange();
    range.selectNodeContents(text);
    const lines = [...range.getClientRects()].filter(line => line.width > 0);
    let isFirstBox = true, scrolls = false;
    for (let at = above(text); at && lines.length; at = above(at)) {
      if (notOurs && at.matches(notOurs)) return null;
      const style = getComputedStyle(at);
      if (['contents', 'inline'].includes(style.display)) continue;
      if (isFirstBox && !at.checkVisibility({opacityProperty: true, visibilityProperty: true})) return null;
      const box = at.getBoundingClientRect();
      const hides = ['hidden', 'clip'].includes(style.overflowY);
      // Folded up, or for those alone who hear the page.
      if (style.overflowX !== 'visible' && (box.width <= 1 || box.height <= 1)) return null;
      const ellipsis = isFirstBox && style.textOverflow === 'ellipsis';
      const left = box.left - (ellipsis ? -parseFloat(style.paddingLeft) : 1);
      const right = box.right + (ellipsis ? 0.1 - parseFloat(style.paddingRight) : 1);
      isFirstBox = false;
      if (style.overflowX !== 'visible' && lines.some(line => line.left < left - 0.1 || line.right > right)) return at;
      const middle = line => (line.top + line.bottom) / 2;
      if (hides && !scrolls && lines.some(line => middle(line) < box.top || middle(line) > box.bottom)) return at;
      scrolls ||= ['auto', 'scroll'].includes(style.overflowY);
      if (style.position === 'fixed') break;
    }
    const isOutside = lines.some(line => line.left < -1 || line.right > document.documentElement.clientWidth + 1);
    return isOutside ? document.documentElement : null;
  };
  const found = [];
  const look = node => {
    if (node.nodeType === Node.TEXT_NODE && node.data.trim()) {
      const by = cutter(node);
      if (by) found.push(`"${node.data.trim()}" by ${by.getRootNode().host?.localName ?? ''} ${by.localName}.${by.className}`);
    }
    if (node.nodeType === Node.ELEMENT_NODE && !['style', 'script', 'template'].includes(node.localName)) below(node).forEach(look);
  };
  look(root);
  return found;
}"""


async def cut_texts(root: Locator) -> list[str]:
    """Return the texts in and below an element that are cut off at the page's present size."""
    found: list[str] = await root.evaluate(CUT, ", ".join(NOT_OURS))
    return found


async def cut_on_phones(root: Locator) -> list[str]:
    """Return what is cut on the screens of phones; the page has its own size again afterwards."""
    page = root.page
    size = page.viewport_size
    assert size is not None
    found = []
    for width in PHONES:
        await page.set_viewport_size({"width": width, "height": PHONE_HEIGHT})
        await page.evaluate(PAINTED)
        found += [f"{width} px: {each}" for each in await cut_texts(root)]
    await page.set_viewport_size(size)
    await page.evaluate(PAINTED)
    return found
