import L from 'leaflet';
import {
  type Box,
  countrySide,
  type Obstacle,
  placeCity,
  placeCountry,
  type Placed,
} from './label-placing.ts';
import { type Cities, countryName, type CountryRow, loadCities, loadCountries } from './names.ts';
import { sharpness } from './sharpness.ts';

export type { Obstacle } from './label-placing.ts';

const PANE = 'map-labels';
/** `cities-more.json` holds the towns that are named above this zoom. */
const MORE_ZOOM = 6;
/** Part of the view's size that is drawn beyond each of its edges, so that a small pan finds its names there. */
const MARGIN = 0.25;

/** Names of countries and cities on one canvas; see {@link createLabels}. */
export class Labels extends L.Layer {
  #canvas = document.createElement('canvas');
  #countries: CountryRow[] = [];
  #cities: Cities[] = [];
  #wantsMore = false;
  #obstacles: readonly Obstacle[] = [];
  #language = 'en';
  #names = new Map<string, string>();
  #widths = new Map<string, number>();
  /** Where the canvas was drawn: its north-west corner in pixels of the world at a zoom. It may lie beyond the poles. */
  #corner = L.point(0, 0);
  #zoom = 0;
  #frame = 0;
  #scheme = matchMedia('(prefers-color-scheme: dark)');

  override onAdd(map: L.Map): this {
    const pane = map.getPane(PANE) ?? map.createPane(PANE);
    pane.style.zIndex = '350';
    pane.style.pointerEvents = 'none';
    pane.setAttribute('aria-hidden', 'true');
    this.#canvas.className = 'leaflet-zoom-animated';
    this.#canvas.style.transformOrigin = '0 0';
    pane.append(this.#canvas);
    for (const cause of [this.#scheme, sharpness]) cause.addEventListener('change', this.redraw);
    document.fonts.addEventListener('loadingdone', this.#remeasure);
    void this.#load();
    this.redraw();
    return this;
  }

  override onRemove(): this {
    cancelAnimationFrame(this.#frame);
    for (const cause of [this.#scheme, sharpness]) cause.removeEventListener('change', this.redraw);
    document.fonts.removeEventListener('loadingdone', this.#remeasure);
    this.#canvas.remove();
    return this;
  }

  override getEvents(): Record<string, L.LeafletEventHandlerFn> {
    return {
      moveend: this.#draw,
      resize: this.#draw,
      zoom: () => this.#follow(this._map.getCenter(), this._map.getZoom()),
      zoomanim: (event) => {
        const { center, zoom } = event as L.ZoomAnimEvent;
        this.#follow(center, zoom);
      },
    };
  }

  /** Points that data marks occupy. Names keep off them; a city under a mark has none, since the mark brings its own. */
  setObstacles(points: readonly Obstacle[]): this {
    this.#obstacles = points;
    this.redraw();
    return this;
  }

  /** The language of the countries' names, as a BCP 47 tag. Cities are named in English. */
  setLanguage(language: string): this {
    this.#language = language;
    this.#names.clear();
    this.redraw();
    return this;
  }

  /** Draws again in the next frame, as after a change of colours. */
  redraw = (): void => {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(this.#draw);
  };

  #remeasure = (): void => {
    this.#widths.clear();
    this.redraw();
  };

  /** Stretches the picture with the map while it zooms. */
  #follow(center: L.LatLng, zoom: number): void {
    const map = this._map;
    const scale = map.getZoomScale(zoom, this.#zoom);
    // Layer points count from where the pane was; Leaflet moves the pane's origin only when the zoom has ended.
    const origin = map.project(center, zoom).subtract(map.getSize().divideBy(2)).add(panePosition(map));
    const offset = this.#corner.multiplyBy(scale).subtract(origin);
    L.DomUtil.setTransform(this.#canvas, offset, scale);
  }

  #draw = (): void => {
    const map = this._map as L.Map | undefined;
    if (!map) return;
    const zoom = map.getZoom();
    if (zoom >= MORE_ZOOM && !this.#wantsMore) {
      this.#wantsMore = true;
      void this.#loadMore();
    }
    const view = map.getSize();
    const size = view.multiplyBy(1 + 2 * MARGIN).ceil();
    const topLeft = map.containerPointToLayerPoint(view.multiplyBy(-MARGIN)).round();
    this.#corner = map.getPixelOrigin().add(topLeft);
    this.#zoom = zoom;
    const { ratio } = sharpness;
    this.#canvas.width = size.x * ratio;
    this.#canvas.height = size.y * ratio;
    this.#canvas.style.width = `${size.x}px`;
    this.#canvas.style.height = `${size.y}px`;
    L.DomUtil.setTransform(this.#canvas, topLeft, 1);
    const context = this.#canvas.getContext('2d');
    if (!context) return;
    context.scale(ratio, ratio);
    this.#place(context, this.#corner, size, zoom);
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

  /** Goes through the names by rank and draws those for which there is room, in every copy of the world in sight. */
  #place(context: CanvasRenderingContext2D, origin: L.Point, size: L.Point, zoom: number): void {
    const world = 256 * 2 ** zoom;
    const style = getComputedStyle(document.documentElement);
    const token = (name: string, otherwise: string) => style.getPropertyValue(name).trim() || otherwise;
    const sans = token('--font-sans', 'system-ui, sans-serif');
    const serif = token('--font-serif', 'Georgia, serif');
    const ink = { city: token('--map-label', '#555'), country: token('--map-label-country', '#555') };
    context.strokeStyle = token('--map-label-halo', '#fff');
    context.lineJoin = 'round';
    context.lineWidth = 3;
    context.textBaseline = 'middle';

    /** The points on the canvas at which a place is to be seen, one for each copy of the world. */
    const spots = function* (lng: number, lat: number): Generator<[number, number]> {
      const sin = Math.sin((Math.max(-85, Math.min(85, lat)) * Math.PI) / 180);
      const y = (0.5 - Math.atanh(sin) / (2 * Math.PI)) * world - origin.y;
      if (y < -20 || y > size.y + 20) return;
      const east = (lng / 360 + 0.5) * world - origin.x;
      for (let x = east - Math.floor((east + 100) / world) * world; x < size.x + 100; x += world)
        yield [x, y];
    };
    const measure = (text: string) => {
      const key = `${context.font} ${context.letterSpacing} ${text}`;
      let width = this.#widths.get(key);
      if (width === undefined) this.#widths.set(key, (width = context.measureText(text).width));
      return width;
    };
    const taken: Box[] = [];
    const discs = this.#obstacles.flatMap((mark) =>
      [...spots(mark.lng, mark.lat)].map(([x, y]) => ({ x, y, radius: mark.radius, boxes: mark.boxes })),
    );
    for (const { x, y, boxes } of discs)
      for (const [left, top, right, bottom] of boxes) taken.push([x + left, y + top, x + right, y + bottom]);
    const write = ({ lines, x, y, leading }: Placed, colour: string) => {
      context.fillStyle = colour;
      lines.forEach((line, i) => context.strokeText(line, x, y + i * leading));
      lines.forEach((line, i) => context.fillText(line, x, y + i * leading));
    };

    // The map of a continent is one of countries, that of a region one of cities: Beirut is told before Lebanon.
    const roomy = zoom < 4 ? 0.7 : zoom < 5 ? 0.85 : 1.4;
    const nameCountries = (fitting: boolean) => {
      for (const [code, , lng, lat, area] of this.#countries) {
        const side = countrySide(area, lat, zoom);
        if (side < 20 || side > 2200) continue;
        for (const [x, y] of spots(lng, lat)) {
          const country = { x, y, side, serif, roomy, fitting };
          const placed = placeCountry(context, measure, this.#name(code), country, taken);
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
          const placed = placeCity(context, measure, name[i] ?? '', city, taken);
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

/** How far the map has been dragged since its origin was set, which every layer point includes. */
function panePosition(map: L.Map): L.Point {
  return L.DomUtil.getPosition(map.getPane('mapPane') ?? map.getContainer()) ?? L.point(0, 0);
}
