// Show a problem next to what caused it, and what to do.

import { attend, byId, make } from "./dom.js";

const PLACES = ["photos-problem", "case-problem", "send-problem"];

/** Show a problem beside the photos, the case or the Decide button, whichever caused it. */
export function showProblem(problem, form, tray) {
  clearProblem(form, tray);
  const fields = form.markFaults(problem.errors);
  const photoIndices = namedPhotos(problem);
  tray.markFaults(photoIndices);
  const box = makeBox(problem, fields);
  byId(placeFor(problem, photoIndices)).replaceChildren(box);
  attend(box);
}

/** Take all marks of an earlier problem off the page. */
export function clearProblem(form, tray) {
  for (const place of PLACES) byId(place).replaceChildren();
  form.clearFaults();
  tray.markFaults([]);
}

function makeBox({ title, detail, errors }, fields) {
  const lines = errors.map((error, index) => makeLine(error, fields[index]));
  return make("div", { className: "problem", role: "alert" },
    make("p", { className: "problem-title" }, title),
    detail ? make("p", {}, detail) : null,
    lines.length ? make("ul", {}, lines) : null);
}

function makeLine({ path, text }, field) {
  if (!field) return make("li", {}, path ? make("code", {}, path) : null, path ? ` ${text}` : text);
  const jump = make("button", { type: "button" }, field.label);
  jump.addEventListener("click", field.focus);
  return make("li", {}, jump, ` ${text}`);
}

function placeFor({ errors, isPassing, status }, photoIndices) {
  if (isPassing) return "send-problem";
  if (photoIndices.length || (!errors.length && [413, 415].includes(status))) return "photos-problem";
  return "case-problem";
}

function namedPhotos({ detail, errors }) {
  const text = [detail, ...errors.map((error) => `${error.path}: ${error.text}`)].join(" ");
  return [...text.matchAll(/\bphotos?[ .[]+(\d+)/gi)].map((match) => Number(match[1]));
}
