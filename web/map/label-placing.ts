/** Where a name can stand. Boxes are in CSS pixels of the canvas: left, top, right, bottom. */
export type Box = readonly [number, number, number, number];

/** A data mark: where it is, its radius and the boxes of it and its name around that point, in CSS pixels. */
export interface Obstacle {
  lat: number;
  lng: number;
  radius: number;
  boxes: Box[];
}

/** The lines of a name, each with the point where it begins, at the middle of its height; and how it is written, in CSS. */
export interface Placed {
  lines: { text: string; x: number; y: number }[];
  font: string;
  spacing: string;
}

/** How wide a text is in CSS pixels, in a font and spaced as CSS says. */
type Measure = (text: string, style: Pick<Placed, 'font' | 'spacing'>) => number;

/** Takes the box for a name if it is free with two pixels to spare. */
function claim(box: Box, taken: Box[]): boolean {
  const [left, top, right, bottom] = box;
  if (taken.some(([l, t, r, b]) => l < right + 2 && r > left - 2 && t < bottom + 2 && b > top - 2))
    return false;
  taken.push(box);
  return true;
}

/** A country to name: its label point, how many pixels it measures and how many widths of its name are room enough. */
interface Country {
  x: number;
  y: number;
  side: number;
  serif: string;
  roomy: number;
  /** Whether those with room are to be named, or those without. */
  fitting: boolean;
}

/** About how many pixels a country of `area` km² at `lat` measures across at a zoom. */
export function countrySide(area: number, lat: number, zoom: number): number {
  return (Math.sqrt(area) / (40_075 * Math.cos((lat * Math.PI) / 180))) * 256 * 2 ** zoom;
}

/**
 * A country's name stands at its point, or if that is taken a little above or below; where the country is too small for
 * its name, a little to the side.
 */
export function placeCountry(
  measure: Measure,
  name: string,
  { x, y, side, serif, roomy, fitting }: Country,
  taken: Box[],
): Placed | undefined {
  const font = Math.round(Math.max(12, Math.min(19, 9 + side / 45)));
  // Arabic and other scripts without capitals have no italic, and letters that are joined must not be spaced.
  const spaced = name.toLowerCase() !== name.toUpperCase();
  const style = {
    font: `${spaced ? 'italic ' : ''}500 ${font}px ${serif}`,
    spacing: spaced ? `${(font * 0.06).toFixed(1)}px` : '0px',
  };
  const lines = wrap(name, 13).map((text) => ({ text, width: measure(text, style) }));
  const width = Math.max(...lines.map((line) => line.width));
  if (fitting !== side >= width * roomy) return undefined;
  const height = font * 1.15 * lines.length;
  for (const shift of [0, -1, 1]) {
    const middle = fitting ? x : x + shift * 0.35 * width;
    const top = (fitting ? y + shift * 1.25 * height : y) - height / 2;
    if (claim([middle - width / 2, top, middle + width / 2, top + height], taken)) {
      const placed = lines.map((line, at) => ({
        text: line.text,
        x: middle - line.width / 2,
        y: top + font * (0.575 + 1.15 * at),
      }));
      return { lines: placed, ...style };
    }
  }
  return undefined;
}

/** A city's name stands beside its dot, at the right or else the left. `lead` is how many zooms ago it was first named. */
export function placeCity(
  measure: Measure,
  name: string,
  { x, y, lead, capital, sans }: { x: number; y: number; lead: number; capital: boolean; sans: string },
  taken: Box[],
): Placed | undefined {
  const font = lead > 5 ? 15 : lead > 3 || capital ? 13 : 12;
  const style = { font: `${lead > 3 ? 600 : 400} ${font}px ${sans}`, spacing: '0px' };
  const width = measure(name, style);
  const gap = 6;
  const [top, bottom] = [y - font * 0.55, y + font * 0.55];
  const at = (left: number): Placed => ({ lines: [{ text: name, x: left, y }], ...style });
  if (claim([x - 4, top, x + gap + width, bottom], taken)) return at(x + gap);
  if (claim([x - gap - width, top, x + 4, bottom], taken)) return at(x - gap - width);
  return undefined;
}

/** Breaks a long name at spaces into lines of about equal length. */
export function wrap(name: string, most: number): string[] {
  const count = Math.ceil(name.length / most);
  const lines: string[] = [];
  for (const word of name.split(' ')) {
    const line = lines.at(-1);
    if (line !== undefined && (line + word).length <= name.length / count + 2)
      lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}
