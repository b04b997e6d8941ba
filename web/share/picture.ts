import { flushSync, mount, unmount } from 'svelte';
import type { Explorer } from '../explorer.svelte.ts';
import { drawMap, FINENESS, isForeign, withFineMap } from './map-picture.ts';
import { paintShapes, paintTexts } from './paint.ts';
import { pictureName } from './picture-name.ts';
import Sheet from './Sheet.svelte';
import { sentenceShown } from './shown.ts';

/** What is shown as a PNG: title, sentence, map, legend and makers; null where the map's tiles may not be copied. */
export async function takePicture(explorer: Explorer): Promise<Blob | null> {
  if (isForeign()) return null;
  const sentence = await sentenceShown(explorer);
  return withFineMap(() => {
    const map = drawMap();
    const width = map.width / FINENESS;
    map.style.width = `${width}px`;
    const sheet = mount(Sheet, { target: document.body, props: { explorer, sentence, map, width } });
    flushSync();
    const picture = paint(map);
    void unmount(sheet);
    return new Promise<Blob | null>((done) => picture.toBlob(done));
  });
}

/** The sheet that a map's picture stands in, as a picture. */
function paint(map: HTMLCanvasElement): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  const sheet = map.closest('.sheet');
  const context = canvas.getContext('2d');
  if (!sheet || !context) return canvas;
  const { x, y, width, height } = sheet.getBoundingClientRect();
  const origin = new DOMPoint(x, y);
  canvas.width = Math.round(width * FINENESS);
  canvas.height = Math.round(height * FINENESS);
  context.scale(FINENESS, FINENESS);
  context.fillStyle = getComputedStyle(sheet).backgroundColor;
  context.fillRect(0, 0, width, height);
  const at = map.getBoundingClientRect();
  context.drawImage(map, at.x - x, at.y - y, at.width, at.height);
  paintShapes(context, sheet, origin);
  paintTexts(context, sheet, origin);
  return canvas;
}

/** Has the browser save a picture under a name that says what it is of. */
export function savePicture(picture: Blob, { atlas, filter }: Explorer): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(picture);
  link.download = pictureName(atlas?.title ?? '', filter);
  link.click();
  // The browser has taken it over by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
