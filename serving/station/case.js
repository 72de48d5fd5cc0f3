// Keep the one draft of the case: a JSON text, what it parses to, and what is wrong with the text.

/** The case being filled in. Dispatches "change" with detail.from, "form" or "text". */
export class CaseDraft extends EventTarget {
  #text = "";
  /** @type {JsonObject} */
  #value = {};
  /** @type {string | null} */
  #fault = null;

  get text() { return this.#text; }
  get value() { return this.#value; }
  /** What is wrong with the JSON text, null when it parses. */
  get fault() { return this.#fault; }
  get isEmpty() { return this.#text.trim() === ""; }

  /**
   * Take a JSON text as typed or pasted; a text that does not parse is kept beside the last good value.
   * @param {string} text
   */
  setText(text) {
    this.#text = text;
    try {
      this.#value = parseObject(text);
      this.#fault = null;
    } catch (error) {
      this.#fault = error instanceof Error ? error.message : String(error);
    }
    this.#changed("text");
  }

  /** Go back to the last text that parsed. */
  discardFault() {
    this.setText(Object.keys(this.#value).length ? write(this.#value) : "");
  }

  /**
   * Read the value at a dotted path, undefined when it is absent.
   * @param {string} path
   * @returns {any}
   */
  at(path) {
    const start = /** @type {any} */ (this.#value);
    return path.split(".").reduce((node, key) => (isObject(node) ? node[key] : undefined), start);
  }

  /**
   * Set or, with undefined, remove the value at a dotted path.
   * @param {string} path
   * @param {unknown} value
   */
  set(path, value) {
    const next = structuredClone(this.#value);
    // What the bench finds now is known now: an earlier moment in a pasted case would make it a later fact,
    // which the service ignores.
    if (path.startsWith("verification.")) {
      delete next.as_of;
      if (isObject(next.verification)) {
        delete next.verification.verified_at;
        delete next.verification.known_at;
      }
    }
    place(next, path.split("."), value);
    this.#value = next;
    this.#text = Object.keys(next).length ? write(next) : "";
    this.#changed("form");
  }

  /**
   * Give the text to send: as typed when it states its moments, else with them set to `now`.
   * @param {Date} now
   */
  sendable(now) {
    const { rma, verification, as_of: asOf } = this.#value;
    const isBenchTimed = !isObject(verification) || verification.verified_at !== undefined;
    if (rma !== undefined && asOf !== undefined && isBenchTimed) return this.#text;
    const stamp = now.toISOString();
    /** @type {JsonObject} */
    const sent = { rma: {}, ...structuredClone(this.#value) };
    if (!isBenchTimed) sent.verification.verified_at = stamp;
    sent.as_of ??= stamp;
    return write(sent);
  }

  /** @param {"form" | "text"} from */
  #changed(from) {
    this.dispatchEvent(new CustomEvent("change", { detail: { from } }));
  }
}

/**
 * @param {string} text
 * @returns {JsonObject}
 */
function parseObject(text) {
  if (text.trim() === "") return {};
  const value = JSON.parse(text);
  if (!isObject(value)) throw new Error("a case is one JSON object, in braces");
  return value;
}

/**
 * @param {JsonObject} node
 * @param {string[]} keys
 * @param {unknown} value
 */
function place(node, [key, ...rest], value) {
  if (rest.length) {
    if (!isObject(node[key])) node[key] = {};
    place(node[key], rest, value);
    if (!Object.keys(node[key]).length) delete node[key];
  } else if (value === undefined) {
    delete node[key];
  } else {
    node[key] = value;
  }
}

/**
 * @param {unknown} value
 * @returns {value is JsonObject}
 */
function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** @param {JsonObject} value */
function write(value) {
  return JSON.stringify(value, null, 2);
}
