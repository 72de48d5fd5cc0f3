// Bind the case form to the draft: both show the same case, whichever one is typed into.

import { byId, make } from "./dom.js";
import { hintFor, readField, showField } from "./fields.js";
import { choicesAt, defaultAt, isNeeded, longestAt } from "./schema.js";
import { count, instant, say } from "./words.js";

const SHOWN_PARTS = new Set(["rma", "verification", "as_of"]);

/** The form over a CaseDraft; call `offer` once with the service's description to fill in the choices. */
export class CaseForm {
  #draft;
  #root;
  #areChoicesKnown = false;

  constructor(draft) {
    this.#draft = draft;
    this.#root = byId("fields");
    this.#root.addEventListener("input", (event) => this.#typed(event.target));
    this.#root.addEventListener("keydown", moveOnEnter);
    draft.addEventListener("change", (event) => this.#follow(event.detail.from));
    this.#follow("text");
  }

  /** Fill the selects and chips with the codes there are, limit the lengths and mark the needed fields. */
  offer(description) {
    for (const control of this.#controls()) {
      const { path } = control.dataset;
      const choices = choicesAt(description, path);
      if (control instanceof HTMLSelectElement) fillSelect(control, choices, defaultAt(description, path));
      if (control instanceof HTMLInputElement) limitLength(control, longestAt(description, path));
      if (control instanceof HTMLFieldSetElement) fillChips(control, choices);
      else if (isNeeded(description, path)) markNeeded(control);
    }
    this.#areChoicesKnown = true;
    this.#follow("text");
  }

  /** Mark the fields that errors name; returns for each error its {label, focus}, or null for no field of the form. */
  markFaults(errors) {
    this.clearFaults();
    return errors.map(({ path, text }) => {
      const control = this.#controlFor(path);
      if (!control) return null;
      markFault(control, text);
      return { label: labelOf(control), focus: () => firstInput(control).focus() };
    });
  }

  clearFaults() {
    for (const fault of this.#root.querySelectorAll(".fault")) fault.remove();
    for (const control of this.#controls()) {
      control.removeAttribute("aria-invalid");
      control.removeAttribute("aria-describedby");
    }
    this.#hint();
  }

  /** Give the control at a path, or the first below it; a whole part such as `rma` has none. */
  #controlFor(path) {
    const controls = this.#controls();
    const exact = controls.find((control) => path === control.dataset.path || path.startsWith(`${control.dataset.path}.`));
    if (exact || !path.includes(".")) return exact;
    return controls.find((control) => control.dataset.path.startsWith(`${path}.`));
  }

  #controls() {
    return [...this.#root.querySelectorAll("[data-path]")];
  }

  #typed(target) {
    const control = target.closest("[data-path]");
    if (!control) return;
    if (control instanceof HTMLFieldSetElement) keepAlone(control, target);
    const isChips = control instanceof HTMLFieldSetElement;
    this.#draft.set(control.dataset.path, isChips ? readChips(control) : readField(control));
  }

  #follow(from) {
    this.#root.disabled = this.#draft.fault !== null;
    if (from === "text" && this.#draft.fault === null) this.#showValues();
    this.#hint();
    byId("stop-work").hidden = !hasBatterySign(this.#draft.at("verification.battery_signs"));
    byId("also-in-case").textContent = sayRest(this.#draft.value);
  }

  #showValues() {
    for (const control of this.#controls()) {
      const value = this.#draft.at(control.dataset.path);
      if (!(control instanceof HTMLFieldSetElement)) showField(control, value);
      else if (this.#areChoicesKnown) showChips(control, value);
    }
  }

  #hint() {
    for (const control of this.#controls()) {
      if (!(control instanceof HTMLInputElement)) continue;
      const against = control.dataset.differsFrom;
      const text = hintFor(control, against && this.#draft.at(against));
      const hint = control.parentElement.querySelector(".hint") ?? control.parentElement.appendChild(make("span", { className: "hint" }));
      hint.textContent = text;
      hint.hidden = text === "";
    }
  }
}

// A field with a default shows it while the case leaves the field out.
function fillSelect(select, codes, fallback) {
  const others = codes.filter((code) => code !== fallback);
  const first = fallback ? new Option(say(fallback), fallback) : new Option("Choose", "");
  select.replaceChildren(first, ...others.map((code) => new Option(say(code), code)));
  select.dataset.fallback = fallback ?? "";
}

function limitLength(input, longest) {
  if (longest !== undefined) input.maxLength = longest;
}

function fillChips(set, codes) {
  const type = set.dataset.choices === "many" ? "checkbox" : "radio";
  const chips = codes.map((code) => {
    const input = make("input", { type, name: set.dataset.path, value: code });
    return make("label", { className: "chip", "data-code": code }, input, make("span", {}, say(code)));
  });
  set.replaceChildren(set.querySelector("legend"), make("div", { className: "chip-row" }, chips));
}

function readChips(set) {
  const chosen = [...set.querySelectorAll("input:checked")].map((input) => input.value);
  if (set.dataset.choices === "many") return chosen.length ? chosen : undefined;
  return chosen[0];
}

function showChips(set, value) {
  const chosen = new Set([value ?? (set.dataset.choices === "one" ? "unknown" : [])].flat());
  for (const input of set.querySelectorAll("input")) input.checked = chosen.has(input.value);
}

// "Looked, none seen" and a sign contradict each other: the one pressed last stays.
function keepAlone(set, pressed) {
  const { alone } = set.dataset;
  if (!alone || !pressed.checked) return;
  for (const input of set.querySelectorAll("input:checked")) {
    if (input !== pressed && (pressed.value === alone || input.value === alone)) input.checked = false;
  }
}

function hasBatterySign(signs) {
  return Array.isArray(signs) && signs.some((sign) => sign !== "none_seen");
}

function markNeeded(control) {
  control.setAttribute("aria-required", "true");
  control.parentElement.classList.add("needed");
}

function labelOf(control) {
  const holder = control instanceof HTMLFieldSetElement ? control.querySelector("legend") : control.parentElement;
  return holder.firstChild.textContent.trim();
}

function firstInput(control) {
  return control instanceof HTMLFieldSetElement ? control.querySelector("input") : control;
}

function markFault(control, text) {
  const id = `fault-${control.dataset.path.replaceAll(".", "-")}`;
  const holder = control instanceof HTMLFieldSetElement ? control : control.parentElement;
  const previous = byId(id);
  if (previous) previous.textContent += ` ${text}`;
  else holder.append(make("span", { className: "fault", id }, text));
  control.setAttribute("aria-invalid", "true");
  control.setAttribute("aria-describedby", id);
}

// A barcode scanner ends each code with Enter: go on to the next field and send nothing half filled.
function moveOnEnter(event) {
  const isField = event.target.matches("input:not([type=checkbox]):not([type=radio])");
  if (event.key !== "Enter" || event.ctrlKey || event.metaKey || !isField) return;
  event.preventDefault();
  const controls = [...byId("fields").querySelectorAll("input, select")];
  controls[controls.indexOf(event.target) + 1]?.focus();
}

function sayRest(value) {
  const said = [];
  if (Array.isArray(value.scans) && value.scans.length) said.push(count(value.scans.length, "carrier scan"));
  const others = Object.keys(value).filter((key) => !SHOWN_PARTS.has(key) && key !== "scans");
  said.push(...others.map((key) => say(key).toLowerCase()));
  const also = said.length ? `Also in this case: ${said.join(", ")}. ` : "";
  return `${also}Decided as of ${value.as_of ? instant(value.as_of) : "the moment of sending"}.`;
}
