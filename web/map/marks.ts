import L from 'leaflet';
import type { MarkFragment } from '../queries.generated.ts';
import { inTurn, withdraw } from '../turns.ts';
import { markOf, nearestLng } from '../view.ts';
import type { Words } from '../words.ts';
import type { Obstacle } from './label-placing.ts';
import type { Hand } from './lettering.ts';
import { MapCanvas } from './map-canvas.ts';
import { nameBox, placeNames, type Nameable, type Side } from './mark-names.ts';
import { drawMark, LARGEST, markRadius, markReach, type MarkInks } from './mark-shape.ts';

const PANE = 'marks';
/** In milliseconds: so long a mark takes to come out of another. */
const GROWTH = 200;
/** In pixels between a mark and its name, and where a ring lies between them. */
const [GAP, GAP_OF_RINGED] = [4, 10];

/** A mark on the map, and the cluster that it shows. */
interface Shown {
  button: HTMLButtonElement;
  mark: MarkFragment;
  radius: number;
  isChosen: boolean;
  isRinged: boolean;
  /** Where its name stands, undefined where there is no room; and how wide it is, in pixels. */
  side: Side | undefined;
  width: number;
}

export interface MarksOptions {
  /** The colour of a category, as CSS. */
  colour(category: string): string;
  /** The language of their names and numbers. */
  words(): Words;
  onChoose(mark: MarkFragment): void;
  /** A mark gained or lost the pointer or the focus. */
  onPoint(mark: MarkFragment | null): void;
  /** Where marks and names stand has changed. */
  onPlace(): void;
}

/**
 * The marks of a view: drawn on one canvas, since a browser puts an element each together anew for every frame in which
 * the map moves; and over each a real button, so that keyboards and screen readers reach them as they reach any. A mark
 * keeps its button as long as its anchor is shown, so that it does not lose the focus.
 */
export class Marks extends L.Layer {
  #options: MarksOptions;
  #shown = new Map<string, Shown>();
  #canvas: MapCanvas | undefined;
  /** Since when marks come out of others, by performance.now(), and where from. */
  #growth: { since: number; from: Map<string, MarkFragment['position']> } | null = null;

  constructor(options: MarksOptions) {
    super();
    this.#options = options;
  }

  override onAdd(map: L.Map): this {
    const pane = map.getPane(PANE) ?? map.createPane(PANE);
    pane.style.zIndex = '600';
    this.#canvas = new MapCanvas(map, pane, this.#redraw);
    return this;
  }

  override onRemove(): this {
    withdraw(this);
    this.#canvas?.remove();
    this.#shown.clear();
    return this;
  }

  override getEvents(): Record<string, L.LeafletEventHandlerFn> {
    return {
      zoom: () => this.#canvas?.follow(this._map.getCenter(), this._map.getZoom()),
      zoomanim: (event) => {
        const { center, zoom } = event as L.ZoomAnimEvent;
        this.#canvas?.follow(center, zoom);
      },
      move: () => this.#canvas?.isLeft && this.#redraw(),
      moveend: () => (this.#canvas?.isTrue ? this.#redraw() : this.#place()),
      resize: this.#redraw,
    };
  }

  /** Shows these marks and no others: the chosen one filled, a ring about those where what is chosen lies. */
  show(
    marks: readonly MarkFragment[],
    chosen: MarkFragment | undefined,
    ringed: ReadonlySet<MarkFragment | undefined>,
  ): void {
    const most = Math.max(...marks.map(({ count }) => count), 0);
    const gone = new Set(this.#shown.keys());
    const before = [...this.#shown.values()].map(({ mark }) => mark);
    const from = new Map<string, MarkFragment['position']>();
    for (const mark of marks) {
      const { id } = mark.anchor;
      gone.delete(id);
      const known = this.#shown.get(id);
      const parent = known ? undefined : markOf({ id, ...mark.position }, before);
      if (parent) from.set(id, parent.position);
      const radius = markRadius(mark.count, most);
      const { button, side, width } = known ?? { button: this.#button(id), side: undefined, width: 0 };
      const state = { isChosen: mark === chosen, isRinged: ringed.has(mark) };
      this.#shown.set(id, { button, mark, radius, ...state, side, width });
      // What is read out says events, which people count; what is drawn counts placements, which marks stand for.
      setAttribute(button, 'aria-label', this.#options.words().markName(mark));
      setAttribute(button, 'aria-pressed', String(state.isChosen));
      button.classList.toggle('is-ringed', state.isRinged);
      if (state.isRinged) this.#reach(id);
    }
    for (const id of gone) {
      this.#shown.get(id)?.button.remove();
      this.#shown.delete(id);
    }
    const isStill = matchMedia('(prefers-reduced-motion: reduce)').matches;
    if (from.size > 0 && !isStill) this.#growth = { since: performance.now(), from };
    this.#place();
  }

  /** Points out the marks that stand on these places, and no others. */
  point(anchors: ReadonlySet<string | undefined>): void {
    for (const [anchor, { button }] of this.#shown) {
      button.classList.toggle('is-pointed', anchors.has(anchor));
      if (anchors.has(anchor)) this.#reach(anchor);
    }
  }

  /** Where marks and their names stand, for the base map's names to keep off; the same however many each mark counts. */
  obstacles(): Obstacle[] {
    return [...this.#shown.values()].map(({ mark, side, width, isRinged }) => {
      const { lat, lng } = mark.position;
      const here = { x: 0, y: 0, reach: LARGEST, gap: isRinged ? GAP_OF_RINGED : GAP };
      const name = side ? [nameBox({ ...here, width }, side)] : [];
      return { lat, lng, radius: LARGEST, boxes: [[-LARGEST, -LARGEST, LARGEST, LARGEST], ...name] };
    });
  }

  /** Moves the focus to the mark that stands on a place, if there is one. */
  focus(place: string): void {
    this.#shown.get(place)?.button.focus();
  }

  #button(anchor: string): HTMLButtonElement {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'mark';
    const mark = (): MarkFragment | undefined => this.#shown.get(anchor)?.mark;
    const point = (): void => {
      this.#reach(anchor);
      this.#options.onPoint(mark() ?? null);
    };
    const leave = (): void => this.#options.onPoint(null);
    button.addEventListener('click', (event) => {
      event.stopPropagation();
      const isDragEnd = event.detail > 0 && wasDragged(this._map);
      const clicked = mark();
      if (clicked && !isDragEnd) this.#options.onChoose(clicked);
    });
    // The map takes Enter and the arrows for itself, and zooms on a double click.
    button.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' || event.key === ' ') event.stopPropagation();
    });
    button.addEventListener('dblclick', (event) => event.stopPropagation());
    button.addEventListener('pointerenter', point);
    button.addEventListener('pointerleave', leave);
    button.addEventListener('focus', point);
    button.addEventListener('blur', leave);
    this.#canvas?.element.append(button);
    return button;
  }

  /** Tells the styles of a button how large its mark is, where they show something around it. */
  #reach(anchor: string): void {
    const shown = this.#shown.get(anchor);
    shown?.button.style.setProperty('--mark-reach', `${markReach(shown.mark, shown.radius)}px`);
  }

  #redraw = (): void => inTurn(this, this.#place);

  /** Puts buttons and names to their places, and draws. */
  #place = (): void => {
    const canvas = this.#canvas;
    if (!this._map || !canvas) return;
    withdraw(this);
    const { x: width, y: height } = this._map.getSize();
    const corner = this._map.containerPointToLayerPoint([0, 0]);
    const { nameFont } = this.#style();
    const byCount = [...this.#shown.values()].sort((a, b) => b.mark.count - a.mark.count);
    const named = byCount.map((shown) => {
      const { button, mark } = shown;
      const { x, y } = this.#pointOf(mark.position);
      // Marks beside the map are neither seen, reached by keyboard nor read out.
      const [left, top] = [x - corner.x, y - corner.y];
      const isInside = left >= 0 && top >= 0 && left <= width && top <= height;
      setStyle(button, 'visibility', isInside ? '' : 'hidden');
      setStyle(button, 'left', `${x}px`);
      setStyle(button, 'top', `${y}px`);
      shown.width = canvas.lettering.widthOf(mark.anchor.name, { font: nameFont });
      return nameable(shown, x, y);
    });
    const sides = placeNames(named, [corner.x, corner.y, corner.x + width, corner.y + height]);
    byCount.forEach((shown, at) => {
      shown.side = sides[at];
      setAttribute(shown.button, 'data-name', sides[at] ?? 'none');
    });
    this.#options.onPlace();
    this.#draw();
  };

  #pointOf({ lat, lng }: MarkFragment['position']): L.Point {
    return this._map.latLngToLayerPoint([lat, nearestLng(lng, this._map.getCenter().lng)]);
  }

  #draw = (): void => {
    const { inks, hand } = this.#style();
    const left = this.#leftToGrow();
    this.#canvas?.draw((context) => {
      for (const shown of this.#shown.values()) {
        const { mark, radius, isChosen, side } = shown;
        const at = this.#pointOf(mark.position);
        const from = left > 0 && this.#growth?.from.get(mark.anchor.id);
        const { x, y } = from ? at.add(this.#pointOf(from).subtract(at).multiplyBy(left)) : at;
        const count = this.#options.words().shortNumber(mark.count);
        drawMark(context, mark, { x, y, radius, count, isChosen }, inks);
        if (!side) continue;
        const [start, top, , bottom] = nameBox(nameable(shown, x, y), side);
        this.#canvas?.lettering.write(context, mark.anchor.name, start, (top + bottom) / 2, hand);
      }
    });
    if (left > 0) inTurn(this, this.#draw);
    else this.#growth = null;
  };

  /** Which part of their way marks still have to go that come out of others; it ends gently. */
  #leftToGrow(): number {
    const past = this.#growth ? (performance.now() - this.#growth.since) / GROWTH : 1;
    return Math.max(0, 1 - past) ** 2;
  }

  /** How the page's styles have marks and names, as a canvas takes it. */
  #style(): { inks: MarkInks; hand: Hand; nameFont: string } {
    const style = getComputedStyle(document.documentElement);
    const token = (name: string): string => style.getPropertyValue(name).trim();
    const resolved = (css: string): string =>
      css.replaceAll(/var\(([\w-]+)\)/g, (_, name: string) => token(name));
    const [ink, sans, bold] = [token('--ink'), token('--sans'), token('--bold')];
    const nameFont = `${bold} 13px ${sans}`;
    const inks: MarkInks = {
      ...{ fill: token('--mark'), chosen: token('--accent'), ink, paper: token('--paper') },
      font: `${bold} 12px ${sans}`,
      colour: (category) => plainColour(resolved(this.#options.colour(category))),
    };
    return { inks, hand: { font: nameFont, colour: ink, halo: token('--map-land') }, nameFont };
  }
}

const plain = new Map<string, string>();

/** A colour without the reckoning in it, which a canvas would do again at every stroke. */
function plainColour(css: string): string {
  const known = plain.get(css);
  if (known !== undefined) return known;
  const pen = new OffscreenCanvas(1, 1).getContext('2d');
  if (!pen) return css;
  pen.fillStyle = css;
  plain.set(css, pen.fillStyle);
  return pen.fillStyle;
}

/** A mark at a point, as its name is placed. */
const nameable = ({ mark, radius, isRinged, width }: Shown, x: number, y: number): Nameable => ({
  ...{ x, y, width },
  reach: markReach(mark, radius),
  gap: isRinged ? GAP_OF_RINGED : GAP,
});

function setAttribute(element: HTMLElement, name: string, value: string): void {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

function setStyle(element: HTMLElement, property: 'left' | 'top' | 'visibility', value: string): void {
  if (element.style[property] !== value) element.style[property] = value;
}

/** Whether the pointer that was just let go had moved the map: then its click is none. Leaflet's types leave it out. */
const wasDragged = (map: L.Map): boolean => (map.dragging as unknown as { moved(): boolean }).moved();
