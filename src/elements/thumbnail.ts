import { make } from "./make-element.ts";

/** A larger file is not decoded. */
const MOST_BYTES = 20e6;

/** How many pixels it is high: twice what is seen, for dense screens. */
const HEIGHT = 80;

/** A small picture of a file that is an image. Nothing of an SVG: it would have to be loaded from an address. */
export class Thumbnail {
  readonly element: HTMLCanvasElement = make("canvas", { part: "thumbnail", hidden: "" });
  #file: File | undefined;

  /** Shows another file, as soon as its picture is decoded. The canvas holds the small picture alone. */
  show(file: File | undefined): void {
    if (file === this.#file) return;
    this.#file = file;
    this.element.hidden = true;
    if (!file?.type.startsWith("image/") || file.size > MOST_BYTES) return;
    createImageBitmap(file, { resizeHeight: HEIGHT, resizeQuality: "high" }).then(
      (picture) => {
        if (file !== this.#file) return picture.close();
        this.element.getContext("bitmaprenderer")?.transferFromImageBitmap(picture);
        this.element.hidden = false;
      },
      // It is no image, or none that this browser knows.
      () => {},
    );
  }
}
