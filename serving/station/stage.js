// Show one photo at a time with its findings, their list and what to do about a poor photo.

import { makeBoxedPhoto } from "./boxes.js";
import { make } from "./dom.js";
import { count, percent, say, size } from "./words.js";

const WORTH_NAMING = 0.05;

/**
 * Make the photo section: a strip of all photos, and the one chosen with boxes. `photos` are those sent.
 * @param {Condition} condition
 * @param {SentPhoto[]} photos
 */
export function makeStage(condition, photos) {
  const stage = make("div", { className: "stage", "aria-live": "off" });
  const buttons = condition.photos.map((photo) => makeThumb(photo, condition, photos[photo.index]));
  // All at once: a picture made later could find its photo removed from the tray.
  const scenes = condition.photos.map((photo) => makeScene(photo, condition, photos[photo.index]));
  const choose = (/** @type {number} */ position) => {
    buttons.forEach((button, index) => button.setAttribute("aria-pressed", String(index === position)));
    stage.replaceChildren(...scenes[position]);
  };
  buttons.forEach((button, index) => button.addEventListener("click", () => choose(index)));
  if (buttons.length) choose(mostTelling(condition));
  return make("section", { className: "panel" },
    make("div", { className: "panel-head" }, make("h3", {}, "Photos and findings"), buttons.length ? makeEnlarge(stage) : null),
    make("p", { className: "quiet" }, sayTotals(condition)),
    make("div", { className: "strip", role: "group", "aria-label": "Photos" }, buttons),
    stage);
}

/** @param {HTMLElement} stage */
function makeEnlarge(stage) {
  const button = make("button", { type: "button", className: "button small", "aria-pressed": "false" }, "Enlarge");
  button.addEventListener("click", () => {
    const isLarge = stage.classList.toggle("is-large");
    button.setAttribute("aria-pressed", String(isLarge));
  });
  return button;
}

/**
 * @param {PhotoFinding} photo
 * @param {Condition} condition
 * @param {SentPhoto | undefined} sent
 */
function makeThumb(photo, condition, sent) {
  const found = findingsOn(photo, condition).length;
  const poor = photo.quality.ok ? null : make("span", { className: "badge badge-warn" }, "Retake");
  const badge = found ? make("span", { className: "badge" }, String(found)) : null;
  const label = `Photo ${photo.index + 1}, ${say(photo.view)}, ${count(found, "finding")}${photo.quality.ok ? "" : ", take again"}`;
  const picture = make("img", { src: sent?.url ?? "", alt: "" });
  picture.addEventListener("error", () => picture.replaceWith(make("span", { className: "thumb-name" }, sent?.file.name ?? "")));
  return make("button", { type: "button", className: "thumb", "aria-label": label }, picture, poor, badge);
}

/**
 * @param {PhotoFinding} photo
 * @param {Condition} condition
 * @param {SentPhoto | undefined} sent
 */
function makeScene(photo, condition, sent) {
  const findings = findingsOn(photo, condition);
  const alt = `Photo ${photo.index + 1}: ${say(photo.view)}`;
  const { frame, boxes } = makeBoxedPhoto({ url: sent?.url ?? "", alt, device: photo.box, findings });
  const rows = findings.map((finding, index) => makeRow(finding, index + 1, sayAlsoOn(finding, condition)));
  rows.forEach((row, index) => pair(row, boxes[index]));
  const side = make("div", { className: "stage-side" },
    make("h4", {}, alt), makeQuality(photo), makeFindings(rows, photo), makeSeen(photo));
  return [frame, side];
}

/** @param {PhotoFinding} photo */
function makeQuality({ quality, device_found: isFound, device_class: deviceClass }) {
  const lines = quality.codes.map((code, index) => make("li", {},
    make("b", {}, say(code)), ` ${quality.instructions[index] ?? ""}`));
  if (lines.length) return make("ul", { className: "quality" }, lines);
  const device = isFound ? `${say(deviceClass)} found, photo good.` : "No device was found on this photo.";
  return make("p", { className: "quiet" }, device);
}

/**
 * @param {HTMLElement[]} rows
 * @param {PhotoFinding} photo
 */
function makeFindings(rows, photo) {
  if (!rows.length) return make("p", {}, photo.quality.ok ? "No finding on this photo." : "Not judged: take the photo again.");
  return make("ol", { className: "findings" }, rows);
}

/**
 * @param {DefectFinding} finding
 * @param {number} number
 * @param {string} alsoOn
 */
function makeRow(finding, number, alsoOn) {
  return make("li", { "data-kind": finding.kind },
    make("span", { className: "tag" }, String(number)),
    make("b", {}, say(finding.kind)),
    make("span", { className: "figure" }, percent(finding.probability)),
    make("span", { className: "quiet row-details" }, `${say(finding.severity)}, ${finding.surface}, ${size(finding)}${alsoOn}`));
}

/**
 * One defect in several photos counts once; say where else it shows.
 * @param {DefectFinding} finding
 * @param {Condition} condition
 */
function sayAlsoOn(finding, condition) {
  const same = condition.defects.filter((other) => finding.group && other.group === finding.group);
  const photos = new Set(same.map((other) => other.photo).filter((index) => index !== finding.photo));
  return photos.size ? `, also on photo ${[...photos].map((index) => index + 1).join(", ")}` : "";
}

/** @param {PhotoFinding} photo */
function makeSeen({ device_found: isFound, defect_probabilities: probabilities }) {
  if (!isFound) return null;
  const seen = Object.entries(probabilities).filter(([, value]) => value >= WORTH_NAMING).sort((one, other) => other[1] - one[1]);
  if (!seen.length) return null;
  const said = seen.map(([kind, value]) => `${say(kind)} ${percent(value)}`).join(" · ");
  return make("p", { className: "quiet seen" }, `On the whole photo: ${said}`);
}

/**
 * Pointing at a box lights up its row, and the other way round.
 * @param {HTMLElement} row
 * @param {HTMLElement} box
 */
function pair(row, box) {
  const light = (/** @type {boolean} */ isLit) => () => {
    row.classList.toggle("is-lit", isLit);
    box.classList.toggle("is-lit", isLit);
  };
  for (const node of [row, box]) {
    node.addEventListener("pointerenter", light(true));
    node.addEventListener("pointerleave", light(false));
  }
  box.addEventListener("focus", light(true));
  box.addEventListener("blur", light(false));
}

/** @param {Condition} condition */
function mostTelling(condition) {
  const strongest = [...condition.defects].sort((one, other) => other.probability - one.probability)[0];
  const poor = condition.photos.findIndex((photo) => !photo.quality.ok);
  const position = strongest ? condition.photos.findIndex((photo) => photo.index === strongest.photo) : poor;
  return Math.max(0, position);
}

/**
 * @param {PhotoFinding} photo
 * @param {Condition} condition
 */
function findingsOn(photo, condition) {
  return condition.defects.filter((one) => one.photo === photo.index).sort((one, other) => other.probability - one.probability);
}

/** @param {Condition} condition */
function sayTotals({ defects, photos }) {
  const poor = photos.filter((photo) => !photo.quality.ok).length;
  const retake = poor ? `, ${poor} to take again` : "";
  return `${count(defects.length, "finding")} on ${count(photos.length, "photo")}${retake}.`;
}
