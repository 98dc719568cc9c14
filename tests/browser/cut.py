"""Text that is cut off: a person sees only a part of it, and on a phone nothing shows the rest."""

from typing import Final

from playwright.async_api import Locator

# The widths of phones, of which the smaller ones are common too.
PHONES: Final = (390, 360)
PHONE_HEIGHT: Final = 800
# Home Assistant's own parts, whose texts are neither ours nor ours to shorten: selector -> reason.
NOT_OURS: Final[dict[str, str]] = {
    "ha-tab-group": "tabs for which there is no room are scrolled to, and an arrow shows that there are more",
}
# What is between the points of a path, and in no text of ours: the platform's names are as long as they are.
BETWEEN_POINTS: Final = " / "
# Each text that is cut, and the element that cuts it, below an element of the page and through all shadow trees.
CUT: Final = """(root, [notOurs, betweenPoints]) => {
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
      if (at.matches(notOurs)) return null;
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
    if (node.nodeType === Node.TEXT_NODE && node.data.trim() && !node.data.includes(betweenPoints)) {
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
    found: list[str] = await root.evaluate(CUT, [", ".join(NOT_OURS), BETWEEN_POINTS])
    return found
