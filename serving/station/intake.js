// Take what is dropped or pasted anywhere on the page: pictures are photos, JSON is the case.

/**
 * Listen on the whole page; `addPhotos` gets image files, `setCase` a text.
 * @param {Takers} takers
 */
export function listenForDrops({ addPhotos, setCase }) {
  const { body } = document;
  let depth = 0;
  const light = (/** @type {number} */ change) => {
    depth = Math.max(0, depth + change);
    body.classList.toggle("is-dropping", depth > 0);
  };
  body.addEventListener("dragenter", () => light(1));
  body.addEventListener("dragleave", () => light(-1));
  body.addEventListener("dragover", (event) => event.preventDefault());
  body.addEventListener("drop", (event) => {
    event.preventDefault();
    light(-depth);
    take(event.dataTransfer, { addPhotos, setCase });
  });
  body.addEventListener("paste", (event) => {
    if (isPlainTyping(event)) return;
    if (take(event.clipboardData, { addPhotos, setCase })) event.preventDefault();
  });
}

/**
 * @param {DataTransfer | null} transfer
 * @param {Takers} takers
 */
function take(transfer, { addPhotos, setCase }) {
  if (!transfer) return false;
  const files = [...transfer.files];
  const cases = files.filter(isCaseFile);
  const photos = files.filter((file) => !isCaseFile(file));
  if (photos.length) addPhotos(photos);
  if (cases.length) cases[0].text().then(setCase);
  const text = transfer.getData("text/plain").trim();
  const isCaseText = !files.length && text.startsWith("{");
  if (isCaseText) setCase(text);
  return files.length > 0 || isCaseText;
}

/** @param {File} file */
function isCaseFile(file) {
  return file.type === "application/json" || /\.json$/i.test(file.name);
}

/**
 * A text pasted into a field belongs to that field, a case pasted into a one-line field hardly does.
 * @param {ClipboardEvent} event
 */
function isPlainTyping({ target, clipboardData }) {
  if (!clipboardData || !(target instanceof Element)) return false;
  if (target.matches("textarea")) return true;
  const text = clipboardData.getData("text/plain").trim();
  return target.matches("input, select") && !clipboardData.files.length && !text.startsWith("{");
}
