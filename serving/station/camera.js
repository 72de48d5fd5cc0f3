// Take photos with a camera that is wired to the bench, one missing view after the other.

/** @import { PhotoTray } from "./photos.js" */

import { byId } from "./dom.js";
import { viewOptions } from "./photos.js";
import { say } from "./words.js";

const WANTED = { video: { facingMode: "environment", width: { ideal: 4096 }, height: { ideal: 3072 } }, audio: false };
const JPEG_QUALITY = 0.92;

/** Tell whether this page may ask for a camera: browsers allow it on https and on this machine only. */
export function mayUseCamera() {
  return Boolean(window.isSecureContext && navigator.mediaDevices?.getUserMedia);
}

/** The dialog with the live picture; what it takes goes into the tray. */
export class Camera {
  #tray;
  #dialog = byId("camera");
  #video = byId("camera-video");
  #view = byId("camera-view");
  #shoot = byId("camera-shoot");

  /** @param {PhotoTray} tray */
  constructor(tray) {
    this.#tray = tray;
    this.#view.replaceChildren(...viewOptions());
    this.#shoot.addEventListener("click", () => this.#take());
    byId("camera-close").addEventListener("click", () => this.#dialog.close());
    this.#dialog.addEventListener("close", () => this.#stop());
  }

  /**
   * Open the dialog on one view; says in the dialog what to do when there is no camera.
   * @param {string} [view]
   */
  async open(view) {
    this.#aimAt(view ?? this.#tray.nextView);
    this.#dialog.showModal();
    this.#shoot.disabled = true;
    byId("camera-fault").hidden = true;
    try {
      this.#video.srcObject = await navigator.mediaDevices.getUserMedia(WANTED);
      await this.#video.play();
      this.#shoot.disabled = this.#tray.isFull;
      this.#shoot.focus();
    } catch (error) {
      this.#explain(error);
    }
  }

  /** @param {unknown} error */
  #explain(error) {
    const isRefused = error instanceof Error && error.name === "NotAllowedError";
    byId("camera-fault").textContent = isRefused
      ? "The browser may not use the camera. Allow it in the address bar, or choose photos instead."
      : "No camera answered. Check its cable, close other programs that use it, or choose photos instead.";
    byId("camera-fault").hidden = false;
  }

  /** @param {string | undefined} view */
  #aimAt(view) {
    this.#view.value = view ?? "unknown";
  }

  async #take() {
    const view = this.#view.value;
    this.#shoot.disabled = true;
    const file = await this.#grab(view);
    this.#tray.add([file], view);
    const next = this.#tray.nextView;
    byId("camera-state").textContent = `${say(view)} taken. ${next ? `Next: ${say(next)}.` : "All views are there."}`;
    this.#aimAt(next);
    this.#shoot.disabled = this.#tray.isFull;
    this.#shoot.focus();
  }

  /** @param {string} view */
  async #grab(view) {
    const canvas = document.createElement("canvas");
    canvas.width = this.#video.videoWidth;
    canvas.height = this.#video.videoHeight;
    canvas.getContext("2d")?.drawImage(this.#video, 0, 0);
    /** @type {any} */
    const body = await new Promise((done) => canvas.toBlob(done, "image/jpeg", JPEG_QUALITY));
    return new File([body], `${view}.jpg`, { type: "image/jpeg" });
  }

  #stop() {
    const stream = /** @type {MediaStream | null} */ (this.#video.srcObject);
    for (const track of stream?.getTracks() ?? []) track.stop();
    this.#video.srcObject = null;
    byId("camera-state").textContent = "";
  }
}
