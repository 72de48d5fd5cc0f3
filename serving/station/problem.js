// Show a problem next to what caused it, and what to do.

/** @import { CaseForm } from "./form.js" */
/** @import { PhotoTray } from "./photos.js" */
/** @import { Problem } from "./service.js" */

import { attend, byId, make } from "./dom.js";

const PLACES = ["photos-problem", "case-problem", "send-problem"];
const PHOTO_KINDS = new Set(["unreadable-photo", "wrong-photo-count", "not-a-file", "too-large", "wrong-media-type"]);

/**
 * Show a problem beside the photos, the case or the Decide button, whichever caused it.
 * @param {Problem} problem
 * @param {CaseForm} form
 * @param {PhotoTray} tray
 */
export function showProblem(problem, form, tray) {
  clearProblem(form, tray);
  const fields = form.markFaults(problem.errors);
  tray.markFaults(problem.errors.map(({ path }) => photoIndex(path)));
  const box = makeBox(problem, fields);
  byId(placeFor(problem)).replaceChildren(box);
  attend(box);
}

/**
 * Take all marks of an earlier problem off the page.
 * @param {CaseForm} form
 * @param {PhotoTray} tray
 */
export function clearProblem(form, tray) {
  for (const place of PLACES) byId(place).replaceChildren();
  form.clearFaults();
  tray.markFaults([]);
}

/**
 * @param {Problem} problem
 * @param {(NamedField | null)[]} fields
 */
function makeBox({ title, detail, errors }, fields) {
  const lines = errors.map((error, index) => makeLine(error, fields[index]));
  // The detail of a case repeats every line of the list, which is easier to work through.
  const isRepeated = errors.length > 0 && errors.every(({ text }) => detail.includes(text));
  return make("div", { className: "problem", role: "alert" },
    make("p", { className: "problem-title" }, title),
    detail && !isRepeated ? make("p", {}, detail) : null,
    lines.length ? make("ul", {}, lines) : null);
}

/**
 * @param {FieldError} error
 * @param {NamedField | null} field
 */
function makeLine({ path, text }, field) {
  if (field) {
    const jump = make("button", { type: "button" }, field.label);
    jump.addEventListener("click", field.focus);
    return make("li", {}, jump, ` ${text}`);
  }
  const photo = photoIndex(path);
  const where = photo === null ? path : `Photo ${photo + 1}`;
  return make("li", {}, where ? make("b", {}, `${where}: `) : null, text);
}

/** @param {Problem} problem */
function placeFor({ kind, isPassing, errors }) {
  if (isPassing) return "send-problem";
  const isCaseTooLarge = kind === "too-large" && errors.some(({ path }) => path === "case");
  return PHOTO_KINDS.has(kind) && !isCaseTooLarge ? "photos-problem" : "case-problem";
}

/** @param {string} path */
function photoIndex(path) {
  const found = /^photos\.(\d+)$/.exec(path);
  return found ? Number(found[1]) : null;
}
