import L from 'leaflet';
import type { MarkFragment } from '../queries.generated.ts';
import { markOf, nearestLng } from '../view.ts';
import type { Words } from '../words.ts';
import type { Box, Obstacle } from './label-placing.ts';
import { drawMark, markRadius } from './mark-shape.ts';

const PANE = 'marks';

/** A mark on the map, and the cluster that it shows. */
interface Shown {
  button: HTMLButtonElement;
  mark: MarkFragment;
  at: L.LatLng;
  /** All that its picture is made of. */
  drawing: string;
}

export interface MarksOptions {
  /** The colour of a category, as CSS. */
  colour(category: string): string;
  /** The language of their names and numbers. */
  words(): Words;
  onChoose(mark: MarkFragment): void;
  /** A mark gained or lost the pointer or the focus. */
  onPoint(mark: MarkFragment | null): void;
}

/**
 * The marks of a view as real buttons over the map, so that keyboards and screen readers reach them as they reach any
 * button. A mark keeps its element as long as its anchor is shown, so that it neither flashes nor loses the focus.
 */
export class Marks extends L.Layer {
  #options: MarksOptions;
  #shown = new Map<string, Shown>();
  #pane: HTMLElement | undefined;

  constructor(options: MarksOptions) {
    super();
    this.#options = options;
  }

  override onAdd(map: L.Map): this {
    this.#pane = map.getPane(PANE) ?? map.createPane(PANE);
    this.#pane.style.zIndex = '600';
    return this;
  }

  override onRemove(): this {
    this.#pane?.replaceChildren();
    this.#shown.clear();
    return this;
  }

  override getEvents(): Record<string, L.LeafletEventHandlerFn> {
    return {
      zoom: () => this.#place(),
      movestart: () => this.#frame(false),
      moveend: () => this.#frame(true),
      viewreset: () => this.#place(),
      zoomanim: (event) => this.#animate(event as L.ZoomAnimEvent),
    };
  }

  /** Shows these marks and no others: the chosen one filled, a ring about those where what is chosen lies. */
  show(
    marks: readonly MarkFragment[],
    chosen: MarkFragment | undefined,
    ringed: ReadonlySet<MarkFragment | undefined>,
  ): void {
    const map = this._map;
    const pane = this.#pane;
    if (!map || !pane) return;
    const most = Math.max(...marks.map(({ count }) => count), 0);
    const gone = new Set(this.#shown.keys());
    const before = [...this.#shown.values()].map(({ mark }) => mark);
    const grown: [HTMLElement, from: MarkFragment['position'], to: L.LatLng][] = [];
    for (const mark of marks) {
      gone.delete(mark.anchor.id);
      const { lat, lng } = mark.position;
      const at = L.latLng(lat, nearestLng(lng, map.getCenter().lng));
      const parent = markOf({ id: mark.anchor.id, lat, lng }, before);
      const shown = this.#shown.get(mark.anchor.id) ?? {
        ...{ button: this.#button(mark.anchor.id), mark, at, drawing: '' },
      };
      this.#shown.set(mark.anchor.id, Object.assign(shown, { mark, at }));
      const radius = markRadius(mark.count, most);
      const drawing = JSON.stringify([mark, radius, this.#options.words().language, this.#colours(mark)]);
      if (shown.drawing !== drawing) drawMark(shown.button, mark, radius, this.#options);
      shown.drawing = drawing;
      shown.button.setAttribute('aria-pressed', String(mark === chosen));
      shown.button.classList.toggle('is-ringed', ringed.has(mark));
      if (parent && parent.anchor.id !== mark.anchor.id) grown.push([shown.button, parent.position, at]);
    }
    for (const id of gone) {
      this.#shown.get(id)?.button.remove();
      this.#shown.delete(id);
    }
    this.#place();
    this.#frame(true);
    for (const [button, from, to] of grown) this.#grow(button, from, to);
  }

  #colours(mark: MarkFragment): string[] {
    return mark.categories.map(({ category }) => this.#options.colour(category.id));
  }

  /** Points out the marks that stand on these places, and no others. */
  point(anchors: ReadonlySet<string | undefined>): void {
    for (const [anchor, { button }] of this.#shown)
      button.classList.toggle('is-pointed', anchors.has(anchor));
  }

  /** Lets a mark come out of the one that counted it before. */
  #grow(button: HTMLElement, from: MarkFragment['position'], to: L.LatLng): void {
    if (matchMedia('(prefers-reduced-motion: reduce)').matches) return;
    const start = this._map.latLngToLayerPoint([from.lat, nearestLng(from.lng, to.lng)]);
    const { x, y } = start.subtract(this._map.latLngToLayerPoint(to));
    button.animate({ translate: [`${x}px ${y}px`, '0 0'] }, { duration: 200, easing: 'ease-out' });
  }

  /** Where marks and their names stand, for the base map's names to keep off. */
  obstacles(): Obstacle[] {
    return [...this.#shown.values()].map(({ at, button }) => {
      const frame = button.getBoundingClientRect();
      const [x, y] = [frame.left + frame.width / 2, frame.top + frame.height / 2];
      const boxes = [...button.querySelectorAll<Element>('svg, .mark-name[data-side]')].map((part): Box => {
        const { left, top, right, bottom } = part.getBoundingClientRect();
        return [left - x, top - y, right - x, bottom - y];
      });
      return { lat: at.lat, lng: at.lng, radius: boxes[0]?.[2] ?? 0, boxes };
    });
  }

  /** Moves the focus to the mark that stands on a place, if there is one. */
  focus(place: string): void {
    this.#shown.get(place)?.button.focus();
  }

  /** Marks beside the map are there when it moves, and till then neither seen, reached by keyboard nor read out. */
  #frame(isStill: boolean): void {
    const { x: width, y: height } = this._map.getSize();
    for (const { button, at } of this.#shown.values()) {
      const { x, y } = this._map.latLngToContainerPoint(at);
      const isInside = x >= 0 && y >= 0 && x <= width && y <= height;
      button.style.visibility = isInside || !isStill ? '' : 'hidden';
    }
  }

  #button(anchor: string): HTMLButtonElement {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'mark leaflet-zoom-animated';
    const mark = (): MarkFragment | undefined => this.#shown.get(anchor)?.mark;
    const point = (): void => this.#options.onPoint(mark() ?? null);
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
    this.#pane?.append(button);
    return button;
  }

  #place(): void {
    for (const { button, at } of this.#shown.values()) move(button, this._map.latLngToLayerPoint(at));
    this.#nameThoseThatFit();
  }

  #animate({ center, zoom }: L.ZoomAnimEvent): void {
    for (const { button, at } of this.#shown.values())
      move(button, newLayerPoint(this._map, at, zoom, center));
  }

  /**
   * Writes names beside marks, the fullest first, where they run into no other mark or name nor out of the map. All are tried
   * on each side at once, so that the page is laid out a few times and not for each name.
   */
  #nameThoseThatFit(): void {
    const names = [...this.#shown.values()]
      .sort((a, b) => b.mark.count - a.mark.count)
      .flatMap(({ button }) => {
        const name = button.querySelector<HTMLElement>('.mark-name');
        return name ? [{ name, own: disc(button) }] : [];
      });
    const view = this._map.getContainer().getBoundingClientRect();
    const taken: DOMRect[] = [...this.#shown.values()].map(({ button }) => disc(button));
    const tried = SIDES.map((side) => {
      for (const { name } of names) name.dataset['side'] = side;
      return names.map(({ name }) => name.getBoundingClientRect());
    });
    const sides = names.map(({ own }, at) =>
      SIDES.find((_, side) => {
        const box = tried[side]?.[at] as DOMRect;
        const isFree =
          box.left >= view.left &&
          box.right <= view.right &&
          taken.every((other) => !overlaps(box, other) || isSame(other, own));
        if (isFree) taken.push(box);
        return isFree;
      }),
    );
    names.forEach(({ name }, at) => {
      if (sides[at]) name.dataset['side'] = sides[at];
      else delete name.dataset['side'];
    });
  }
}

/** Where a name may stand, the best first. */
const SIDES = ['end', 'start', 'below'] as const;

/** In the plane: each element that is moved in space is a layer of its own for the browser to put together. */
function move(button: HTMLElement, to: L.Point): void {
  const { x, y } = to.round();
  button.style.transform = `translate(${x}px, ${y}px)`;
}

const disc = (button: HTMLElement): DOMRect =>
  (button.querySelector('svg') ?? button).getBoundingClientRect();

const isSame = (a: DOMRect, b: DOMRect): boolean => a.x === b.x && a.y === b.y && a.width === b.width;

const overlaps = (a: DOMRect, b: DOMRect): boolean =>
  a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

/** Where a point will lie when a zoom has ended. Leaflet's own markers use the same method, which its types leave out. */
function newLayerPoint(map: L.Map, at: L.LatLng, zoom: number, center: L.LatLng): L.Point {
  type Animated = { _latLngToNewLayerPoint(at: L.LatLng, zoom: number, center: L.LatLng): L.Point };
  return (map as unknown as Animated)._latLngToNewLayerPoint(at, zoom, center);
}

/** Whether the pointer that was just let go had moved the map: then its click is none. Leaflet's types leave it out too. */
const wasDragged = (map: L.Map): boolean => (map.dragging as unknown as { moved(): boolean }).moved();
