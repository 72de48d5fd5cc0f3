// Show what the photos told beside the condition: numbers that were read in them, and what is suspicious.

import { make } from "./dom.js";

/** @type {Record<string, string>} */
const KIND_WORDS = { imei: "IMEI", serial: "Serial", tracking: "Tracking number" };

/**
 * Make the section of what photos prove; null where they told nothing.
 * @param {Decision} decision
 */
export function makeProof({ photo_proof: proof }) {
  if (!proof) return null;
  const numbers = proof.numbers.map((number) => make("li", {},
    make("b", {}, `${KIND_WORDS[number.kind] ?? number.kind} ${number.text}`),
    ` ${number.why} (photo ${number.photo + 1})`));
  const suspicions = proof.suspicions.map(({ text }) => make("p", { className: "fraud-floor" }, sentence(text)));
  return make("section", { className: "panel" },
    make("div", { className: "panel-head" }, make("h3", {}, "Read in the photos"), make("p", { className: "for-staff" }, "Staff only: never tell the customer")),
    ...suspicions,
    numbers.length ? make("ul", { className: "proof" }, numbers) : null);
}

/** @param {string} text */
function sentence(text) {
  return `${text[0]?.toUpperCase() ?? ""}${text.slice(1)}.`;
}
