// Tell what of the page covers, cuts off or leaves the window, a sentence each. Run in the page by looks.py.
() => {
  const SLACK_PX = 1;
  const INTERACTIVE = "button, select, textarea, input, summary, a[href]";
  const root = document.querySelector("dialog[open]") ?? document.body;
  const styleOf = (node) => getComputedStyle(node);
  const isScroller = (node) => /auto|scroll/.test(styleOf(node).overflowX);
  const elementOf = (node) => (node instanceof Text ? node.parentElement : node);

  // What scrolls, or stays while the rest scrolls, lies over other things on purpose: compare within it.
  const layerOf = (node) => {
    let one = elementOf(node);
    while (one && one !== root && !isScroller(one) && !/sticky|fixed/.test(styleOf(one).position)) one = one.parentElement;
    return one;
  };
  // A photo is the ground of what is drawn over it.
  const pictureOf = (node) => elementOf(node).closest(".tile, .thumb, .frame");

  const pen = document.createElement("canvas").getContext("2d");
  const inkOf = (text, rect) => {
    const style = styleOf(text.parentElement);
    pen.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
    const ink = pen.measureText(text.data.trim());
    const base = rect.top + ink.fontBoundingBoxAscent;
    return { left: rect.left, right: rect.right, top: base - ink.actualBoundingBoxAscent, bottom: base + ink.actualBoundingBoxDescent };
  };
  const isPainted = (node) => {
    const style = styleOf(node);
    const isTinted = !/^(transparent|rgba\(.*, 0\))$/.test(style.backgroundColor) || style.backgroundImage !== "none";
    return isTinted || style.borderTopStyle !== "none" || node.matches("img, video, input, select, textarea");
  };
  const isSeen = (node) => node.checkVisibility({ opacityProperty: true, visibilityProperty: true })
    && !node.closest(".visually-hidden, .skip, option, datalist, script, noscript");

  const parts = [];
  const note = (node, rects, what) => {
    for (const rect of rects) if (rect.right > rect.left && rect.bottom > rect.top) parts.push({ node, what, rect, layer: layerOf(node) });
  };
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (!isSeen(elementOf(node))) continue;
    if (node instanceof Text) {
      if (!node.data.trim() || node.parentElement.closest("select, textarea")) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      // A name that is shortened on purpose, with an ellipsis, still makes rects for the lines left out.
      const end = styleOf(node.parentElement).webkitLineClamp === "none" ? Infinity : node.parentElement.getBoundingClientRect().bottom;
      const lines = [...range.getClientRects()].filter((rect) => rect.bottom <= end + SLACK_PX);
      note(node, lines.map((rect) => inkOf(node, rect)), `"${node.data.trim().slice(0, 60)}"`);
    } else if (isPainted(node)) {
      note(node, node.getClientRects(), `<${node.localName} class="${node.className}">`);
    }
  }

  const faults = [];
  const overlap = (one, other) => [
    Math.min(one.right, other.right) - Math.max(one.left, other.left),
    Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top),
  ];
  const areRelated = (one, other) => one.node.contains(other.node) || other.node.contains(one.node)
    || (pictureOf(one.node) !== null && pictureOf(one.node) === pictureOf(other.node));
  parts.forEach((one, index) => parts.slice(index + 1).forEach((other) => {
    if (one.layer !== other.layer || areRelated(one, other)) return;
    const [across, down] = overlap(one.rect, other.rect);
    if (across > SLACK_PX && down > SLACK_PX) faults.push(`${one.what} and ${other.what} overlap by ${across.toFixed()} x ${down.toFixed()} px`);
  }));

  for (const { node, what, rect } of parts) {
    const scroller = layerOf(node);
    if (scroller?.matches(".strip")) continue;
    if (rect.left < -SLACK_PX || rect.right > innerWidth + SLACK_PX) faults.push(`${what} leaves the window: ${rect.left.toFixed()} to ${rect.right.toFixed()} px`);
    if (!(node instanceof Text)) continue;
    for (let one = node.parentElement; one && one !== scroller; one = one.parentElement) {
      if (styleOf(one).webkitLineClamp !== "none") break;
      if (styleOf(one).overflowX !== "hidden") continue;
      const [across, down] = overlap(rect, one.getBoundingClientRect());
      if (rect.right - rect.left - across > SLACK_PX || rect.bottom - rect.top - down > SLACK_PX) faults.push(`${what} is cut off by ${one.className}`);
    }
  }
  for (const node of [document.documentElement, ...root.querySelectorAll("*")]) {
    if (node.scrollWidth <= node.clientWidth + SLACK_PX || node.matches(".strip, textarea, input")) continue;
    if (node === document.documentElement || isScroller(node)) faults.push(`<${node.localName} class="${node.className}"> scrolls sideways`);
  }

  // By the shortest way from above and then from below, as somebody does who tabs through: a bar that stays must not hide it.
  const controls = [...root.querySelectorAll(INTERACTIVE)]
    .filter((node) => node.checkVisibility({ visibilityProperty: true }) && !node.matches(".skip"));
  for (const node of [...controls, ...controls.toReversed()]) {
    node.scrollIntoView({ block: "nearest", inline: "nearest", behavior: "instant" });
    const { left, top, width, height } = node.getBoundingClientRect();
    const hit = document.elementFromPoint(left + width / 2, top + height / 2);
    const isOwn = hit && (node.contains(hit) || hit.closest("label")?.control === node || (node.matches(".box") && hit.closest(".box")));
    if (!isOwn) faults.push(`${node.outerHTML.slice(0, 90)} lies under ${hit ? hit.outerHTML.slice(0, 90) : "nothing: it is out of the window"}`);
  }
  return [...new Set(faults)];
}
