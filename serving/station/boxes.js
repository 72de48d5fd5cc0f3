// Draw the findings over a photo as boxes that can be pointed at, tabbed to and read aloud.

import { make } from "./dom.js";
import { percent, say, size } from "./words.js";

const NAMED_AT_MOST = 6;

/**
 * Make a photo with its findings on it: {frame, boxes}, the boxes by finding in the order given.
 * Box positions are fractions of the upright photo, which is how the browser shows it.
 * @param {{url: string, alt: string, device: Box | null, findings: DefectFinding[]}} photo
 */
export function makeBoxedPhoto({ url, alt, device, findings }) {
  const frame = make("div", { className: "frame" });
  const picture = make("img", { src: url, alt });
  picture.addEventListener("error", () => frame.classList.add("is-blind"));
  frame.append(picture);
  if (device) frame.append(place(make("div", { className: "device-box", "aria-hidden": "true" }), device));
  const boxes = findings.map((finding, index) => makeBox(finding, index + 1, findings.length <= NAMED_AT_MOST));
  frame.append(...boxes);
  return { frame, boxes };
}

/**
 * @param {DefectFinding} finding
 * @param {number} number
 * @param {boolean} isNamed
 */
function makeBox(finding, number, isNamed) {
  const details = `${percent(finding.probability)}, ${finding.severity}, ${size(finding)}`;
  const tag = make("span", { className: "tag" }, String(number),
    make("span", { className: isNamed ? "tag-kind" : "tag-kind tag-extra" }, ` ${say(finding.kind)}`),
    make("span", { className: "tag-extra" }, ` ${details}`));
  const box = make("button", { type: "button", className: "box", "data-kind": finding.kind,
    "aria-label": `${number}: ${say(finding.kind)}, ${details}` }, tag);
  if (finding.box.top < 0.1) box.classList.add("tag-below");
  if (finding.box.left + finding.box.width / 2 > 0.5) box.classList.add("tag-right");
  return place(box, finding.box);
}

/**
 * Through the style object, which a strict content security policy allows; a style attribute it does not.
 * @template {HTMLElement} Placed
 * @param {Placed} node
 * @param {Box} box
 */
function place(node, { left, top, width, height }) {
  const edges = { left, top, width, height };
  for (const [edge, fraction] of Object.entries(edges)) node.style.setProperty(edge, `${fraction * 100}%`);
  return node;
}
