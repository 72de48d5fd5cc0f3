// Keep the photos of one device, the view of each, and the tray that shows them with the views still missing.

import { byId, make } from "./dom.js";
import { count, say } from "./words.js";

export const VIEWS = ["front_off", "front_on", "front_raking", "back", "left", "right", "top", "bottom", "label"];

/** The photos taken so far. Dispatches "change" when they change and "ask" (detail: view) when a view is asked for. */
export class PhotoTray extends EventTarget {
  /** @type {SentPhoto[]} */
  #photos = [];
  // Until the service has said how many a device may have, all are taken; it counts them anyway.
  #most = Infinity;
  /** @type {Map<SentPhoto, HTMLElement>} */
  #tiles = new Map();
  #list = byId("tray");

  constructor() {
    super();
    this.#render();
  }

  /** The photos in the order in which they are sent: {file, view, url}. */
  get photos() { return [...this.#photos]; }

  /** How many photos one device may have. */
  get most() { return this.#most; }
  get isFull() { return this.#photos.length >= this.#most; }

  /** The first view that no photo shows yet; undefined when all are there. */
  get nextView() { return VIEWS.find((view) => !this.#photos.some((photo) => photo.view === view)); }

  /** @param {number} most */
  limitTo(most) {
    this.#most = most;
    this.#render();
  }

  /**
   * Add image files, each with `view` or the view its name tells; returns how many were left out as too many.
   * @param {File[]} files
   * @param {string} [view]
   */
  add(files, view) {
    const room = Math.max(0, this.#most - this.#photos.length);
    for (const file of files.slice(0, room)) {
      this.#photos.push({ file, view: view ?? viewInName(file.name), url: URL.createObjectURL(file) });
    }
    this.#changed();
    return Math.max(0, files.length - room);
  }

  /** Take all photos out, for bringing them back later with `putBack` or letting them go with `release`. */
  takeAll() {
    const taken = this.#photos;
    this.#photos = [];
    this.#changed();
    return taken;
  }

  /** @param {SentPhoto[]} photos */
  putBack(photos) {
    this.#photos = [...photos];
    this.#changed();
  }

  /**
   * Mark the photos a problem names by index; an empty list clears the marks.
   * @param {(number | null)[]} indices
   */
  markFaults(indices) {
    this.#photos.forEach((photo, index) => {
      this.#tiles.get(photo)?.classList.toggle("has-fault", indices.includes(index));
    });
  }

  /** @param {SentPhoto} photo */
  #remove(photo) {
    this.#photos = this.#photos.filter((one) => one !== photo);
    URL.revokeObjectURL(photo.url);
    this.#changed();
    byId("choose-photos").focus();
  }

  #changed() {
    this.#render();
    this.dispatchEvent(new Event("change"));
  }

  #render() {
    const held = document.activeElement;
    const kept = new Map(this.#photos.map((photo) => [photo, this.#tiles.get(photo) ?? this.#makeTile(photo)]));
    this.#tiles = kept;
    this.#list.replaceChildren(...kept.values(), ...this.#makeSlots());
    if (held instanceof HTMLElement && this.#list.contains(held)) held.focus();
    byId("photo-count").textContent = this.#photos.length ? `${count(this.#photos.length, "photo")}${this.#sayMost()}` : "";
  }

  #sayMost() {
    return Number.isFinite(this.#most) ? ` of at most ${this.#most}` : "";
  }

  /** @param {SentPhoto} photo */
  #makeTile(photo) {
    const { name } = photo.file;
    const picture = make("img", { src: photo.url, alt: name });
    const tile = make("li", { className: "tile" }, picture);
    // A HEIC file is graded all the same, though most browsers can't show it.
    picture.addEventListener("error", () => picture.replaceWith(makeNoPreview(name)));
    const view = make("select", { "aria-label": `View of ${name}` }, viewOptions());
    view.value = photo.view;
    view.addEventListener("change", () => {
      photo.view = view.value;
      this.#changed();
    });
    const remove = make("button", { type: "button", className: "remove", "aria-label": `Remove ${name}` }, make("span", {}, "×"));
    remove.addEventListener("click", () => this.#remove(photo));
    tile.append(view, remove);
    return tile;
  }

  #makeSlots() {
    if (this.isFull) return [];
    const missing = VIEWS.filter((view) => !this.#photos.some((photo) => photo.view === view));
    return missing.map((view) => {
      const slot = make("button", { type: "button", className: "slot", "aria-label": `Add ${say(view)}` }, say(view));
      slot.addEventListener("click", () => this.dispatchEvent(new CustomEvent("ask", { detail: view })));
      return make("li", {}, slot);
    });
  }
}

/** Make the options of a view select: those with a slot, then an edge not told apart, then unknown. */
export function viewOptions() {
  const told = VIEWS.map((view) => new Option(say(view), view));
  return [...told, new Option("An edge", "edge"), new Option("View unknown", "unknown")];
}

/**
 * Let the pictures of photos that are no longer needed go from memory.
 * @param {SentPhoto[]} photos
 */
export function release(photos) {
  for (const photo of photos) URL.revokeObjectURL(photo.url);
}

/**
 * Make what stands in for the picture of a photo that the browser can't show.
 * @param {string} name
 */
function makeNoPreview(name) {
  return make("p", { className: "no-preview", title: name }, make("span", { className: "file-name" }, name), make("span", {}, "no preview"));
}

/**
 * "front_on.jpg" and "RMA-1 front-on 2.jpg" tell their view; "IMG_0042.jpg" does not.
 * @param {string} name
 */
function viewInName(name) {
  const words = `_${name.toLowerCase().replace(/\.\w+$/, "").replace(/[^a-z]+/g, "_")}_`;
  return VIEWS.find((view) => words.includes(`_${view}_`)) ?? "unknown";
}
