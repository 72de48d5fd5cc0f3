// Read and show one field of the case form, by its format: what a person types <-> what the JSON holds.

/** @type {Record<string, {read: (typed: string) => unknown, show: (value: any) => string}>} */
const FORMATS = {
  text: { read: orAbsent, show: String },
  code: { read: (typed) => orAbsent(typed.toUpperCase()), show: String },
  number: { read: readNumber, show: String },
  instant: { read: readDate, show: showDate },
  list: { read: readList, show: showList },
};

// The digit that the service reads for a letter easily taken for it.
/** @type {Record<string, string>} */
const LOOKALIKES = { O: "0", I: "1", B: "8", S: "5" };

/**
 * Read a typed value for the JSON; undefined when the field is empty.
 * @param {ValueControl} control
 */
export function readField(control) {
  return format(control).read(control.value.trim());
}

/**
 * Show a JSON value in a control, or its default when it is absent; a select gets an extra option for a value it
 * does not know.
 * @param {ValueControl} control
 * @param {unknown} value
 */
export function showField(control, value) {
  const isAbsent = value === undefined || value === null;
  const shown = isAbsent ? (control.dataset.fallback ?? "") : format(control).show(value);
  if (control instanceof HTMLSelectElement) admit(control, shown);
  control.value = shown;
}

/**
 * Say what looks wrong about an identity as typed, empty when nothing does. Only a hint: the service scores it.
 * @param {HTMLInputElement} control
 * @param {unknown} expected
 */
export function hintFor(control, expected) {
  const observed = control.value.trim();
  if (!observed) return "";
  const isImei = Boolean(control.dataset.path?.endsWith("imei"));
  const digits = observed.replace(/[ ./-]/g, "");
  if (isImei && /^\d{15}$/.test(digits) && !passesLuhn(digits)) return "The check digit is wrong: read it once more.";
  if (expected && plain(String(expected), isImei) !== plain(observed, isImei)) return `Differs from the expected ${expected}.`;
  return "";
}

/** @param {ValueControl} control */
function format(control) {
  return FORMATS[control.dataset.format ?? "text"];
}

/**
 * @param {HTMLSelectElement} select
 * @param {string} value
 */
function admit(select, value) {
  select.querySelector("[data-foreign]")?.remove();
  if ([...select.options].some((option) => option.value === value)) return;
  const option = new Option(`${value} (not a known code)`, value);
  option.dataset.foreign = "";
  select.add(option);
}

/** @param {string} typed */
function orAbsent(typed) {
  return typed === "" ? undefined : typed;
}

/**
 * What is no plain number stays text, so that the service names it and nothing typed is lost or guessed.
 * @param {string} typed
 */
function readNumber(typed) {
  if (typed === "") return undefined;
  return /^-?\d+(\.\d+)?$/.test(typed) ? Number(typed) : typed;
}

/** @param {string} typed */
function readDate(typed) {
  if (typed === "") return undefined;
  const midnight = new Date(`${typed}T00:00:00`);
  return Number.isNaN(midnight.getTime()) ? typed : midnight.toISOString();
}

/** @param {string} iso */
function showDate(iso) {
  const time = new Date(iso);
  if (Number.isNaN(time.getTime())) return "";
  const pad = (/** @type {number} */ number) => String(number).padStart(2, "0");
  return `${time.getFullYear()}-${pad(time.getMonth() + 1)}-${pad(time.getDate())}`;
}

/** @param {string} typed */
function readList(typed) {
  if (typed === "") return undefined;
  if (typed.toLowerCase() === "none") return [];
  return [...new Set(typed.split(",").map((part) => part.trim()).filter(Boolean))];
}

/** @param {unknown} value */
function showList(value) {
  if (!Array.isArray(value)) return String(value);
  return value.length ? value.join(", ") : "none";
}

/**
 * As the service compares them, but for what it forgives beyond spelling.
 * @param {string} identity
 * @param {boolean} isImei
 */
function plain(identity, isImei) {
  const bare = identity.toUpperCase().replace(/^S\/N\b/, "").replace(/[^A-Z0-9]/g, "");
  if (isImei) return bare.slice(0, 14);
  return bare.replace(/[OIBS]/g, (letter) => LOOKALIKES[letter]);
}

/** @param {string} digits */
function passesLuhn(digits) {
  const sum = [...digits].reverse().reduce((total, digit, index) => {
    const twice = Number(digit) * (index % 2 ? 2 : 1);
    return total + (twice > 9 ? twice - 9 : twice);
  }, 0);
  return sum % 10 === 0;
}
