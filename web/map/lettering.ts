import { sharpness } from './sharpness.ts';

/** How a text is written: in CSS, the colour of its letters and of the halo around them, in pixels of CSS. */
export interface Hand {
  font: string;
  spacing?: string;
  colour: string;
  halo: string;
}

/** As many as a map shows in some minutes; then all are written anew. */
const MOST = 2000;
const HALO = 3;

/**
 * Texts on a halo, each written once and stamped from then on: to stroke letters takes a browser that draws in software a
 * hundred times as long as to copy them.
 */
export class Lettering {
  readonly #stamps = new Map<string, OffscreenCanvas>();
  readonly #widths = new Map<string, number>();
  readonly #ruler = new OffscreenCanvas(1, 1).getContext('2d');

  /** In CSS pixels. */
  widthOf(text: string, { font, spacing = '0px' }: Pick<Hand, 'font' | 'spacing'>): number {
    const key = `${font} ${spacing} ${text}`;
    let width = this.#widths.get(key);
    if (width === undefined) {
      const ruler = this.#ruler;
      if (ruler) Object.assign(ruler, { font, letterSpacing: spacing });
      width = ruler?.measureText(text).width ?? 0;
      this.#widths.set(key, width);
    }
    return width;
  }

  /** Writes a text whose beginning, in reading from the left, and whose middle of the line stand at a point. */
  write(context: CanvasRenderingContext2D, text: string, x: number, y: number, hand: Hand): void {
    const { ratio } = sharpness;
    const stamp = this.#stamp(text, hand, ratio);
    const [left, top] = [x - HALO, y - stamp.height / ratio / 2];
    // To whole pixels of the screen, where letters are sharp.
    const whole = (place: number): number => Math.round(place * ratio) / ratio;
    context.drawImage(stamp, whole(left), whole(top), stamp.width / ratio, stamp.height / ratio);
  }

  /** Forgets how texts look, as when a font has come. */
  clear(): void {
    this.#stamps.clear();
    this.#widths.clear();
  }

  #stamp(text: string, hand: Hand, ratio: number): OffscreenCanvas {
    const { font, spacing = '0px', colour, halo } = hand;
    const key = [ratio, font, spacing, colour, halo, text].join(' ');
    const known = this.#stamps.get(key);
    if (known) return known;
    if (this.#stamps.size >= MOST) this.#stamps.clear();
    const height = 2 * HALO + 1.5 * Number(/([\d.]+)px/.exec(font)?.[1]);
    const width = 2 * HALO + this.widthOf(text, hand);
    const stamp = new OffscreenCanvas(Math.ceil(width * ratio), 2 * Math.ceil((height * ratio) / 2));
    const pen = stamp.getContext('2d');
    if (pen) {
      pen.scale(ratio, ratio);
      Object.assign(pen, { font, letterSpacing: spacing, textBaseline: 'middle', lineJoin: 'round' });
      // Where a page reads from the right a text would else end where it is to begin.
      pen.textAlign = 'left';
      Object.assign(pen, { lineWidth: HALO, strokeStyle: halo, fillStyle: colour });
      pen.strokeText(text, HALO, stamp.height / ratio / 2);
      pen.fillText(text, HALO, stamp.height / ratio / 2);
    }
    this.#stamps.set(key, stamp);
    return stamp;
  }
}
