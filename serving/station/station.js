// Wire the page: photos and case in, one decision out, then the next device.

import { clearAnswer, markOutdated, showAnswer } from "./answer.js";
import { Camera, mayUseCamera } from "./camera.js";
import { CaseDraft } from "./case.js";
import { byId } from "./dom.js";
import { CaseForm } from "./form.js";
import { listenForDrops } from "./intake.js";
import { PhotoTray, release } from "./photos.js";
import { clearProblem, showProblem } from "./problem.js";
import { loadDescription, mostPhotos } from "./schema.js";
import { Problem, decide, makeKey } from "./service.js";
import { sayVerdict } from "./verdict.js";
import { count } from "./words.js";

class Station {
  #draft = new CaseDraft();
  #form = new CaseForm(this.#draft);
  #tray = new PhotoTray();
  #camera = new Camera(this.#tray);
  // What was or will be sent, with its idempotency key; null after any change.
  /** @type {Submission | null} */
  #submission = null;
  /** @type {Submission | null} */
  #answered = null;
  /** @type {{text: string, photos: SentPhoto[]} | null} */
  #cleared = null;
  /** @type {string | null} */
  #askedView = null;
  #isSending = false;

  start() {
    this.#draft.addEventListener("change", (event) => this.#caseChanged(/** @type {CustomEvent} */ (event).detail.from));
    this.#tray.addEventListener("change", () => this.#changed());
    this.#tray.addEventListener("ask", (event) => this.#askForPhoto(/** @type {CustomEvent} */ (event).detail));
    this.#listenToButtons();
    this.#listenToFiles();
    listenForDrops({ addPhotos: (files) => this.#addPhotos(files), setCase: (text) => this.#setCase(text) });
    window.addEventListener("beforeunload", (event) => {
      if (this.#hasUnsent()) event.preventDefault();
    });
    this.#connect();
  }

  async #connect() {
    try {
      const description = await loadDescription();
      this.#form.offer(description);
      this.#tray.limitTo(mostPhotos(description));
      sayService("Ready", "ready");
    } catch {
      sayService("No service: trying again", "lost");
      setTimeout(() => this.#connect(), 3000);
    }
  }

  #listenToButtons() {
    byId("station").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    document.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !byId("camera").open) this.#send();
    });
    byId("next-device").addEventListener("click", () => this.#next());
    byId("bring-back").addEventListener("click", () => this.#bringBack());
    byId("case-json").addEventListener("input", () => this.#draft.setText(byId("case-json").value));
    byId("discard-json").addEventListener("click", () => this.#draft.discardFault());
    byId("open-camera").hidden = !mayUseCamera();
    byId("open-camera").addEventListener("click", () => this.#camera.open());
  }

  #listenToFiles() {
    for (const chooser of [byId("choose-photos"), byId("capture-photo")]) {
      chooser.addEventListener("change", () => {
        this.#addPhotos([...(chooser.files ?? [])], this.#askedView ?? undefined);
        chooser.value = "";
      });
      chooser.addEventListener("click", (event) => {
        if (event.isTrusted) this.#askedView = null;
      });
    }
    const opener = byId("open-case");
    opener.addEventListener("change", async () => {
      const [file] = opener.files ?? [];
      opener.value = "";
      if (file) this.#setCase(await file.text());
    });
  }

  /** @param {string} view */
  #askForPhoto(view) {
    this.#askedView = view;
    byId("capture-photo").click();
  }

  /**
   * @param {File[]} files
   * @param {string} [view]
   */
  #addPhotos(files, view) {
    const leftOut = this.#tray.add(files, view);
    this.#askedView = null;
    if (leftOut) say(`${count(leftOut, "photo")} left out: a device takes at most ${this.#tray.most}. Remove one first.`);
  }

  /** @param {string} text */
  #setCase(text) {
    this.#draft.setText(text);
    if (this.#draft.fault !== null) byId("json-details").open = true;
    say(this.#draft.fault === null ? "Case taken over." : "The case was taken as it is, but it is no valid JSON.");
  }

  /** @param {"form" | "text"} from */
  #caseChanged(from) {
    const { text, fault } = this.#draft;
    const box = byId("case-json");
    if (from === "form" || box.value !== text) box.value = text;
    box.setAttribute("aria-invalid", String(fault !== null));
    byId("json-fault").textContent = fault === null ? "" : `This is no case yet: ${fault}. The form waits until it is.`;
    byId("json-fault").hidden = fault === null;
    byId("discard-json").hidden = fault === null;
    const rmaId = this.#draft.at("rma.rma_id");
    byId("working-on").textContent = rmaId ?? "";
    this.#changed();
  }

  #changed() {
    if (this.#submission !== null && this.#submission === this.#answered) say("Changed since the decision. Decide again.");
    this.#submission = null;
    this.#showStanding();
    if (this.#cleared && (!this.#draft.isEmpty || this.#tray.photos.length)) this.#forgetCleared();
  }

  // Once decided, going on to the next device is what is most likely wanted.
  #showStanding() {
    const isOutdated = this.#answered !== null && this.#submission !== this.#answered;
    markOutdated(isOutdated);
    document.body.classList.toggle("is-decided", this.#answered !== null && !isOutdated);
  }

  /** @returns {Submission} */
  #prepare() {
    const caseText = this.#draft.sendable(new Date());
    return { key: makeKey(), caseText, photos: this.#tray.photos.map((photo) => ({ ...photo })) };
  }

  async #send() {
    if (this.#isSending) return;
    if (this.#draft.fault !== null) {
      byId("json-details").open = true;
      byId("case-json").focus();
      say("Nothing was sent: the JSON of the case has a mistake.");
      return;
    }
    this.#submission ??= this.#prepare();
    const submission = this.#submission;
    this.#setSending(true);
    clearProblem(this.#form, this.#tray);
    try {
      this.#answer(await decide(submission), submission);
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#setSending(false);
    }
  }

  /**
   * @param {Decision} decision
   * @param {Submission} submission
   */
  #answer(decision, submission) {
    this.#answered = submission;
    showAnswer(decision, submission.photos);
    this.#showStanding();
    say(sayVerdict(decision));
    sayService("Ready", "ready");
  }

  /** @param {unknown} error */
  #fail(error) {
    if (!(error instanceof Problem)) throw error;
    showProblem(error, this.#form, this.#tray);
    say(`Not decided: ${error.title}.`);
    if (error.status === 0) sayService("No service", "lost");
    else sayService("Ready", "ready");
  }

  /** @param {boolean} isSending */
  #setSending(isSending) {
    this.#isSending = isSending;
    byId("decide").setAttribute("aria-disabled", String(isSending));
    byId("decide").textContent = isSending ? "Deciding …" : "Decide";
    document.body.classList.toggle("is-sending", isSending);
    if (isSending) say("Deciding …");
  }

  #next() {
    if (this.#isSending) return;
    this.#forgetCleared();
    this.#answered = null;
    const { text } = this.#draft;
    const photos = this.#tray.takeAll();
    this.#draft.setText("");
    clearAnswer();
    clearProblem(this.#form, this.#tray);
    if (text.trim() || photos.length) this.#cleared = { text, photos };
    byId("bring-back").hidden = this.#cleared === null;
    byId("json-details").open = false;
    say("Cleared for the next device.");
    byId("choose-photos").focus();
    window.scrollTo({ top: 0 });
  }

  #bringBack() {
    if (!this.#cleared) return;
    const { text, photos } = this.#cleared;
    this.#cleared = null;
    byId("bring-back").hidden = true;
    this.#draft.setText(text);
    this.#tray.putBack(photos);
    say("The last device is back.");
    byId("choose-photos").focus();
  }

  #forgetCleared() {
    if (this.#cleared) release(this.#cleared.photos);
    this.#cleared = null;
    byId("bring-back").hidden = true;
  }

  #hasUnsent() {
    const isFilled = !this.#draft.isEmpty || this.#tray.photos.length > 0;
    return isFilled && (this.#answered === null || this.#submission !== this.#answered);
  }
}

/** @param {string} text */
function say(text) {
  byId("status").textContent = text;
}

/**
 * @param {string} text
 * @param {"ready" | "lost"} state
 */
function sayService(text, state) {
  byId("service-state").textContent = text;
  byId("service-state").dataset.state = state;
}

new Station().start();
