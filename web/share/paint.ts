/** Paints what the page shows as elements onto a canvas: where it stands, and as its styles have it. */

/** The paths of all SVGs in an element, with the point at the canvas's origin given in the window's pixels. */
export function paintShapes(context: CanvasRenderingContext2D, root: Element, origin: DOMPoint): void {
  for (const path of root.querySelectorAll<SVGPathElement>('path:not(defs path)')) {
    const matrix = path.getScreenCTM();
    if (!matrix || !isSeen(path)) continue;
    const { fill, fillOpacity, ...style } = strokeAndFill(path);
    const shape = new Path2D(path.getAttribute('d') ?? '');
    context.save();
    context.translate(-origin.x, -origin.y);
    context.transform(matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f);
    if (fill !== 'none') {
      context.globalAlpha = fillOpacity;
      context.fillStyle = fill.startsWith('url(') ? hatching(context) : fill;
      // oxlint-disable-next-line unicorn/no-array-fill-with-reference-type -- a canvas is no array
      context.fill(shape);
    }
    if (style.stroke !== 'none') {
      context.globalAlpha = style.strokeOpacity;
      context.strokeStyle = style.stroke;
      context.lineWidth = style.strokeWidth;
      context.setLineDash(style.dashes);
      context.lineDashOffset = style.dashOffset;
      context.stroke(shape);
    }
    context.restore();
  }
}

function strokeAndFill(path: SVGPathElement): {
  fill: string;
  fillOpacity: number;
  stroke: string;
  strokeOpacity: number;
  strokeWidth: number;
  dashes: number[];
  dashOffset: number;
} {
  const style = getComputedStyle(path);
  // Dashes are parts of the path's length, where that is said to be another than it is.
  const said = Number(path.getAttribute('pathLength'));
  const unit = said > 0 ? path.getTotalLength() / said : 1;
  const dashes = style.strokeDasharray.match(/[\d.]+/g) ?? [];
  return {
    fill: style.fill,
    fillOpacity: Number(style.fillOpacity),
    stroke: style.stroke,
    strokeOpacity: Number(style.strokeOpacity),
    strokeWidth: parseFloat(style.strokeWidth),
    dashes: dashes.map((length) => Number(length) * unit),
    dashOffset: parseFloat(style.strokeDashoffset) * unit,
  };
}

/** How many times finer than it is wanted a pattern is drawn, so that it stays crisp. */
const FINE = 4;

/** What fills an area: the lines of the page's one pattern, slanted. */
function hatching(context: CanvasRenderingContext2D): CanvasPattern | string {
  const pattern = document.querySelector('#hatch');
  const line = pattern?.querySelector('path');
  const tile = document.createElement('canvas');
  tile.width = tile.height = Number(pattern?.getAttribute('width')) * FINE;
  const pen = tile.getContext('2d');
  if (!line || !pen) return 'transparent';
  const { stroke, strokeWidth } = getComputedStyle(line);
  pen.fillStyle = stroke;
  // The line runs along the tile's edge, which cuts off half of it.
  pen.fillRect(0, 0, (parseFloat(strokeWidth) / 2) * FINE, tile.height);
  const filling = context.createPattern(tile, 'repeat');
  filling?.setTransform(new DOMMatrix().rotate(45).scale(1 / FINE));
  return filling ?? 'transparent';
}

/** All text in an element, line by line as it is broken, on the halo that it has. */
export function paintTexts(context: CanvasRenderingContext2D, root: Element, origin: DOMPoint): void {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement;
    if (!parent || !isSeen(parent)) continue;
    const style = getComputedStyle(parent);
    context.save();
    context.font = `${style.fontStyle} ${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
    context.direction = style.direction === 'rtl' ? 'rtl' : 'ltr';
    context.textAlign = 'center';
    context.fillStyle = parent instanceof SVGElement ? style.fill : style.color;
    context.strokeStyle = style.webkitTextStrokeColor;
    context.lineWidth = parseFloat(style.webkitTextStrokeWidth) || 0;
    context.lineJoin = 'round';
    for (const { text, box } of linesOf(node as Text)) {
      const { fontBoundingBoxAscent: ascent, fontBoundingBoxDescent: descent } = context.measureText(text);
      const x = box.x + box.width / 2 - origin.x;
      const y = box.y + (box.height - ascent - descent) / 2 + ascent - origin.y;
      const written = style.textTransform === 'uppercase' ? text.toUpperCase() : text;
      if (context.lineWidth > 0 && style.webkitTextStrokeWidth !== '0px') context.strokeText(written, x, y);
      context.fillText(written, x, y);
    }
    context.restore();
  }
}

/** The lines that a text is broken into, and where they stand in the window. */
function linesOf(node: Text): { text: string; box: DOMRect }[] {
  const range = document.createRange();
  const boxOf = (from: number, to: number): DOMRect => {
    range.setStart(node, from);
    range.setEnd(node, to);
    return range.getBoundingClientRect();
  };
  const ends: number[] = [];
  let last: number | undefined;
  for (let at = 0; at < node.length; at++) {
    const { bottom, width } = boxOf(at, at + 1);
    if (width === 0) continue;
    if (last !== undefined && bottom > last + 2) ends.push(at);
    last = bottom;
  }
  return [...ends, node.length]
    .map((end, i) => ({
      text: node.data.slice(ends[i - 1] ?? 0, end).trim(),
      box: boxOf(ends[i - 1] ?? 0, end),
    }))
    .filter(({ text, box }) => text !== '' && box.width > 1);
}

const isSeen = (element: Element): boolean => element.checkVisibility({ visibilityProperty: true });
