/** How finely the map's canvases are drawn: as the screen shows them, or finer while a picture is taken. */
class Sharpness extends EventTarget {
  #least = 1;

  /** Device pixels per CSS pixel. */
  get ratio(): number {
    return Math.max(devicePixelRatio, this.#least);
  }

  /** Has everything drawn with so many at least; the layers draw again at its `change`. */
  atLeast(ratio: number): void {
    const before = this.ratio;
    this.#least = ratio;
    if (this.ratio !== before) this.dispatchEvent(new Event('change'));
  }
}

export const sharpness = new Sharpness();
