// Tell which text stands out too little from the nearest opaque ground behind it, by WCAG 2.2 (1.4.3): at least 4.5, or
// 3 when large. Pictures and disabled controls are left out. Run in the page by looks.py.
() => {
  const parts = (colour) => (colour.match(/[\d.]+/g) ?? [0, 0, 0, 0]).map(Number);
  const light = ([red, green, blue]) => [red, green, blue]
    .map((value) => value / 255)
    .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
    .reduce((sum, value, index) => sum + value * [0.2126, 0.7152, 0.0722][index], 0);
  const groundOf = (node) => {
    for (let one = node; one; one = one.parentElement) {
      const colour = parts(getComputedStyle(one).backgroundColor);
      if (colour.length < 4 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  // What is faint blends with its ground.
  const opacityOf = (node) => (node ? Number(getComputedStyle(node).opacity) * opacityOf(node.parentElement) : 1);
  const shownOn = (ground, node) => {
    const share = opacityOf(node);
    return parts(getComputedStyle(node).color).slice(0, 3).map((value, index) => share * value + (1 - share) * ground[index]);
  };
  const poor = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || !node.checkVisibility({ opacityProperty: true })) continue;
    if (node.closest("option, datalist, script, noscript, :disabled, .box, .visually-hidden")) continue;
    const style = getComputedStyle(node);
    const ground = groundOf(node);
    const [one, other] = [light(shownOn(ground, node)), light(ground)].sort((a, b) => b - a);
    const size = parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const ratio = (one + 0.05) / (other + 0.05);
    if (ratio < (isLarge ? 3 : 4.5)) poor.push(`${ratio.toFixed(2)} ${node.textContent.trim()}`);
  }
  return poor;
}
