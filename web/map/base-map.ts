import L from 'leaflet';
import coarseUrl from 'world-atlas/countries-50m.json?url';
import fineUrl from 'world-atlas/countries-10m.json?url';
import type { Colours, FromWorker, ToWorker } from './base-map-worker.ts';
import { sharpness } from './sharpness.ts';

/** From this zoom on, the coasts and borders of 1:10 million are drawn instead of 1:50 million. */
const FINE_ZOOM = 5;
/** Tiles are large, since a browser puts them together one by one for every frame in which the map moves. */
const TILE = 512;
/** A tile of so many pixels is one of those that are 256 pixels wide a zoom further out. */
const FARTHER = Math.log2(TILE / 256);
/** Tiles overlap by a pixel: at fractional zooms their edges would otherwise let the background through. */
const SIDE = TILE + 1;
/** Few, so that a tile that has left the view is dropped before it is drawn. */
const AT_ONCE = 3;

/** One topology and the worker that draws it. */
interface Source {
  worker: Worker;
  ready: boolean;
  busy: number;
}

interface Tile {
  id: number;
  coords: L.Coords;
  canvas: HTMLCanvasElement;
  /** Device pixels per tile pixel that the picture has or will have; 0 if it must be drawn again. */
  ratio: number;
  waiting: boolean;
  /** Tells Leaflet that the tile can be shown; only the first picture does. */
  done: (() => void) | undefined;
}

/** Land, borders and coastline from Natural Earth as a Leaflet layer; see {@link createBaseMap}. */
export class BaseMap extends L.GridLayer {
  #tiles = new Map<HTMLElement, Tile>();
  #byId = new Map<number, Tile>();
  #sources: { coarse: Source; fine?: Source } | undefined;
  #colours: Colours | undefined;
  #scheme = matchMedia('(prefers-color-scheme: dark)');
  #zoom = 0;
  #lastId = 0;

  constructor(options?: L.GridLayerOptions) {
    super({ tileSize: TILE, minZoom: 1, maxZoom: 18, keepBuffer: 1, updateInterval: 50, ...options });
  }

  override onAdd(map: L.Map): this {
    this.#zoom = map.getZoom();
    this.#colours = readColours();
    this.#sources = { coarse: this.#open(coarseUrl) };
    for (const cause of [this.#scheme, sharpness]) cause.addEventListener('change', this.repaint);
    this.on('tileunload', this.#forget);
    return super.onAdd(map);
  }

  override onRemove(map: L.Map): this {
    super.onRemove(map);
    this.off('tileunload', this.#forget);
    for (const cause of [this.#scheme, sharpness]) cause.removeEventListener('change', this.repaint);
    this.#sources?.coarse.worker.terminate();
    this.#sources?.fine?.worker.terminate();
    this.#sources = undefined;
    this.#tiles.clear();
    this.#byId.clear();
    return this;
  }

  override getEvents(): Record<string, L.LeafletEventHandlerFn> {
    const events = super.getEvents?.() ?? {};
    const settle = () => {
      this.#zoom = this._map.getZoom();
      this.#next();
    };
    return {
      ...events,
      // Leaflet asks for the tiles of the coming zoom while the map still reports the old one.
      zoomanim: (event) => {
        this.#zoom = (event as L.ZoomAnimEvent).zoom;
        events['zoomanim']?.call(this, event);
      },
      zoomend: settle,
      resize: settle,
    };
  }

  /** Draws every tile again in place, as after a change of colours; the old picture stays until the new one is there. */
  repaint = (): void => {
    this.#colours = readColours();
    for (const tile of this.#tiles.values()) tile.ratio = 0;
    this.#next();
  };

  protected override createTile(coords: L.Coords, done: L.DoneCallback): HTMLElement {
    const canvas = document.createElement('canvas');
    const tile: Tile = {
      id: ++this.#lastId,
      coords,
      canvas,
      ratio: 0,
      waiting: false,
      done: () => done(undefined, canvas),
    };
    this.#tiles.set(canvas, tile);
    this.#byId.set(tile.id, tile);
    queueMicrotask(() => this.#next());
    return canvas;
  }

  #forget = ({ tile: canvas }: L.TileEvent): void => {
    const tile = this.#tiles.get(canvas);
    if (tile) this.#byId.delete(tile.id);
    this.#tiles.delete(canvas);
  };

  #open(url: string): Source {
    const worker = new Worker(new URL('./base-map-worker.ts', import.meta.url), { type: 'module' });
    const source: Source = { worker, ready: false, busy: 0 };
    worker.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => {
      if ('ready' in data) {
        source.ready = true;
        if (source === this.#sources?.fine) this.repaint();
      } else {
        source.busy--;
        this.#show(data.id, data.image);
      }
      this.#next();
    });
    worker.postMessage({ url: new URL(url, document.baseURI).href } satisfies ToWorker);
    return source;
  }

  /** The best topology that is ready for the zoom; the fine one is fetched when it is first wanted. */
  #source(): Source | undefined {
    const sources = this.#sources;
    if (!sources || this.#zoom < FINE_ZOOM) return sources?.coarse;
    sources.fine ??= this.#open(fineUrl);
    return sources.fine.ready ? sources.fine : sources.coarse;
  }

  /** Sends tiles that lack a picture of the right sharpness to the worker, those never drawn first. */
  #next(): void {
    const source = this.#source();
    const colours = this.#colours;
    if (!source?.ready || !colours) return;
    // A tile is stretched by the part of the zoom that is not whole; it is drawn with as many more pixels.
    const stretch = 2 ** (this.#zoom - (this._tileZoom ?? 0));
    const ratio = sharpness.ratio * stretch;
    const stale = [...this.#tiles.values()].filter(
      (tile) => !tile.waiting && tile.ratio !== ratio && tile.coords.z === this._tileZoom,
    );
    stale.sort((a, b) => Number(!a.done) - Number(!b.done) || a.id - b.id);
    for (const tile of stale.slice(0, AT_ONCE - source.busy)) {
      tile.waiting = true;
      tile.ratio = ratio;
      source.busy++;
      const { x, y, z } = tile.coords;
      const pen = sharpness.ratio;
      const drawn = { x, y, z: z - FARTHER, size: TILE, side: SIDE, ratio, pen, colours };
      source.worker.postMessage({ id: tile.id, ...drawn } satisfies ToWorker);
    }
  }

  #show(id: number, image: ImageBitmap): void {
    const tile = this.#byId.get(id);
    if (!tile) return image.close();
    tile.waiting = false;
    tile.canvas.width = image.width;
    tile.canvas.height = image.height;
    tile.canvas.style.width = tile.canvas.style.height = `${SIDE}px`;
    tile.canvas.getContext('bitmaprenderer')?.transferFromImageBitmap(image);
    tile.done?.();
    tile.done = undefined;
  }
}

/**
 * The base map, drawn from bundled data without any request to the outside. Colours come from `--map-land`,
 * `--map-water`, `--map-border` and `--map-coast` on :root and follow the colour scheme.
 */
export function createBaseMap(options?: L.GridLayerOptions): BaseMap {
  return new BaseMap(options);
}

function readColours(): Colours {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: keyof Colours) => style.getPropertyValue(`--map-${name}`).trim();
  return { land: colour('land'), water: colour('water'), border: colour('border'), coast: colour('coast') };
}
