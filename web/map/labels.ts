import L from 'leaflet';
import {
  type Box,
  countrySide,
  type Obstacle,
  placeCity,
  placeCountry,
  type Placed,
} from './label-placing.ts';
import type { Lettering } from './lettering.ts';
import { MapCanvas } from './map-canvas.ts';
import { type Cities, countryName, type CountryRow, loadCities, loadCountries } from './names.ts';
import { inTurn, withdraw } from '../turns.ts';

export type { Obstacle } from './label-placing.ts';

const PANE = 'map-labels';
/** `cities-more.json` holds the towns that are named above this zoom. */
const MORE_ZOOM = 6;

/** Names of countries and cities on one canvas; see {@link createLabels}. */
export class Labels extends L.Layer {
  #canvas: MapCanvas | undefined;
  #countries: CountryRow[] = [];
  #cities: Cities[] = [];
  #wantsMore = false;
  #obstacles: readonly Obstacle[] = [];
  #language = 'en';
  #names = new Map<string, string>();

  override onAdd(map: L.Map): this {
    const pane = map.getPane(PANE) ?? map.createPane(PANE);
    pane.style.zIndex = '350';
    pane.style.pointerEvents = 'none';
    pane.setAttribute('aria-hidden', 'true');
    this.#canvas = new MapCanvas(map, pane, this.redraw);
    void this.#load();
    this.redraw();
    return this;
  }

  override onRemove(): this {
    withdraw(this);
    this.#canvas?.remove();
    return this;
  }

  override getEvents(): Record<string, L.LeafletEventHandlerFn> {
    return {
      move: () => this.#canvas?.isLeft && this.redraw(),
      moveend: this.redraw,
      resize: this.redraw,
      zoom: () => this.#canvas?.follow(this._map.getCenter(), this._map.getZoom()),
      zoomanim: (event) => {
        const { center, zoom } = event as L.ZoomAnimEvent;
        this.#canvas?.follow(center, zoom);
      },
    };
  }

  /** Points that data marks occupy. Names keep off them; a city under a mark has none, since the mark brings its own. */
  setObstacles(points: readonly Obstacle[]): this {
    const isSame = JSON.stringify(points) === JSON.stringify(this.#obstacles);
    this.#obstacles = points;
    if (!isSame) this.redraw();
    return this;
  }

  /** The language of the countries' names, as a BCP 47 tag. Cities are named in English. */
  setLanguage(language: string): this {
    this.#language = language;
    this.#names.clear();
    this.redraw();
    return this;
  }

  /** Draws again in a frame to come, as after a change of colours. */
  redraw = (): void => inTurn(this, this.#draw);

  #draw = (): void => {
    const map = this._map;
    const canvas = this.#canvas;
    if (!map || !canvas) return;
    const zoom = map.getZoom();
    if (zoom >= MORE_ZOOM && !this.#wantsMore) {
      this.#wantsMore = true;
      void this.#loadMore();
    }
    const origin = map.getPixelOrigin();
    canvas.draw((context, drawn) => this.#place(context, canvas.lettering, { origin, drawn, zoom }));
  };

  async #load(): Promise<void> {
    const [countries, cities] = await Promise.all([loadCountries(), loadCities(false)]);
    this.#countries = countries;
    this.#cities.unshift(cities);
    this.redraw();
  }

  async #loadMore(): Promise<void> {
    this.#cities.push(await loadCities(true));
    this.redraw();
  }

  /**
   * Goes through the names by rank and draws those for which there is room, in every copy of the world in sight.
   * @param origin where the context's points count from, in pixels of the world
   */
  #place(
    context: CanvasRenderingContext2D,
    lettering: Lettering,
    { origin, drawn, zoom }: { origin: L.Point; drawn: L.Bounds; zoom: number },
  ): void {
    const world = 256 * 2 ** zoom;
    const [least, most] = [drawn.min ?? origin, drawn.max ?? origin];
    const style = getComputedStyle(document.documentElement);
    const token = (name: string, otherwise: string) => style.getPropertyValue(name).trim() || otherwise;
    const sans = token('--font-sans', 'system-ui, sans-serif');
    const serif = token('--font-serif', 'Georgia, serif');
    const ink = { city: token('--map-label', '#555'), country: token('--map-label-country', '#555') };
    const halo = token('--map-label-halo', '#fff');
    context.strokeStyle = halo;
    context.lineWidth = 3;

    /** The points on the canvas at which a place is to be seen, one for each copy of the world. */
    const spots = function* (lng: number, lat: number): Generator<[number, number]> {
      const sin = Math.sin((Math.max(-85, Math.min(85, lat)) * Math.PI) / 180);
      const y = (0.5 - Math.atanh(sin) / (2 * Math.PI)) * world - origin.y;
      if (y < least.y - 20 || y > most.y + 20) return;
      const east = (lng / 360 + 0.5) * world - origin.x;
      const first = least.x - 100;
      for (let x = east - Math.floor((east - first) / world) * world; x < most.x + 100; x += world)
        yield [x, y];
    };
    const measure = lettering.widthOf.bind(lettering);
    const taken: Box[] = [];
    const discs = this.#obstacles.flatMap((mark) =>
      [...spots(mark.lng, mark.lat)].map(([x, y]) => ({ x, y, radius: mark.radius, boxes: mark.boxes })),
    );
    for (const { x, y, boxes } of discs)
      for (const [left, top, right, bottom] of boxes) taken.push([x + left, y + top, x + right, y + bottom]);
    const write = ({ lines, ...how }: Placed, colour: string) => {
      for (const { text, x, y } of lines) lettering.write(context, text, x, y, { ...how, colour, halo });
    };

    // The map of a continent is one of countries, that of a region one of cities: Beirut is told before Lebanon.
    const roomy = zoom < 4 ? 0.7 : zoom < 5 ? 0.85 : 1.4;
    const nameCountries = (fitting: boolean) => {
      for (const [code, , lng, lat, area] of this.#countries) {
        const side = countrySide(area, lat, zoom);
        if (side < 20 || side > 2200) continue;
        for (const [x, y] of spots(lng, lat)) {
          const country = { x, y, side, serif, roomy, fitting };
          const placed = placeCountry(measure, this.#name(code), country, taken);
          if (placed) write(placed, ink.country);
        }
      }
    };
    nameCountries(true);
    for (const { name, lng, lat, zoom: first, capitals } of this.#cities)
      for (let i = 0; i < name.length && (first[i] ?? 99) <= zoom; i++)
        for (const [x, y] of spots(lng[i] ?? 0, lat[i] ?? 0)) {
          if (discs.some((disc) => Math.hypot(disc.x - x, disc.y - y) <= disc.radius + 3)) continue;
          const city = { x, y, lead: zoom - (first[i] ?? 0), capital: capitals.has(i), sans };
          const placed = placeCity(measure, name[i] ?? '', city, taken);
          if (!placed) continue;
          dot(context, x, y, city.capital, ink.city);
          write(placed, ink.city);
        }
    if (zoom >= 5) nameCountries(false);
  }

  #name(code: string): string {
    let name = this.#names.get(code);
    if (name === undefined) this.#names.set(code, (name = countryName(code, this.#language)));
    return name;
  }
}

/** Names of countries and cities above the base map and below the marks, in a pane of their own. */
export function createLabels(): Labels {
  return new Labels();
}

/** A filled dot for a city, a ring for a capital, on a halo like the names'. */
function dot(
  context: CanvasRenderingContext2D,
  x: number,
  y: number,
  capital: boolean,
  colour: string,
): void {
  context.beginPath();
  context.arc(x, y, capital ? 2.5 : 1.75, 0, 2 * Math.PI);
  context.stroke();
  context.fillStyle = capital ? context.strokeStyle : colour;
  context.fill();
  if (!capital) return;
  const halo = context.strokeStyle;
  context.strokeStyle = colour;
  context.lineWidth = 1.25;
  context.stroke();
  context.strokeStyle = halo;
  context.lineWidth = 3;
}
