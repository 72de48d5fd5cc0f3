// Send a return to the service and read its answer or its problem document (RFC 9457).

const TIMEOUT_MS = 120_000;

/** What the service, or the way to it, says is wrong. `kind` is the last part of its type, `errors` are {path, text}. */
export class Problem extends Error {
  /** @param {{status?: number, kind?: string, title: string, detail?: string, errors?: FieldError[]}} what */
  constructor({ status = 0, kind = "", title, detail = "", errors = [] }) {
    super(title);
    this.status = status;
    this.kind = kind;
    this.title = title;
    this.detail = detail;
    this.errors = errors;
  }

  /** Tell whether sending the same again may help. */
  get isPassing() {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

/**
 * Decide one return. Throws Problem.
 * @param {Submission} submission
 * @returns {Promise<Decision>}
 */
export async function decide({ key, caseText, photos }) {
  const body = new FormData();
  body.append("case", caseText);
  for (const { file } of photos) body.append("photos", file, file.name);
  for (const { view } of photos) body.append("views", view);
  const response = await post(body, key);
  const answer = await readJson(response);
  if (!response.ok) throw asProblem(response.status, answer);
  if (!answer?.disposition) throw asProblem(response.status, { title: "The answer of the service could not be read" });
  return answer;
}

/** Make a key that names one filled-in form, so that sending it twice decides once. */
export function makeKey() {
  // Not crypto.randomUUID: browsers keep it from pages that a bench opens over plain http.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * @param {FormData} body
 * @param {string} key
 */
async function post(body, key) {
  const headers = { "Idempotency-Key": key, Accept: "application/json, application/problem+json" };
  try {
    return await fetch("/v1/decide", { method: "POST", body, headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch (error) {
    throw new Problem({
      title: error instanceof Error && error.name === "TimeoutError" ? "The service took too long" : "The service did not answer",
      detail: "Everything you entered is still here. Check the network and press Decide again: nothing is decided twice.",
    });
  }
}

/**
 * Read an answer that may be no JSON at all, such as a proxy's error page: then null.
 * @param {Response} response
 */
async function readJson(response) {
  try {
    return await response.json();
  } catch {
    return null;
  }
}

/**
 * @param {number} status
 * @param {JsonObject | null} document
 */
function asProblem(status, document) {
  return new Problem({
    status,
    kind: String(document?.type ?? "").split(":").at(-1),
    title: document?.title ?? `The service answered ${status}`,
    detail: document?.detail ?? "",
    errors: (document?.errors ?? []).map(readError),
  });
}

/**
 * Split "rma.channel: what is wrong" into its path and text.
 * @param {unknown} line
 * @returns {FieldError}
 */
function readError(line) {
  const [, path, text] = /^([\w.]+): (.*)$/s.exec(String(line)) ?? ["", "", String(line)];
  return { path, text };
}
