import L from 'leaflet';
import { Lettering } from './lettering.ts';
import { sharpness } from './sharpness.ts';

/** Part of the view's size that is drawn beyond each of its edges, so that a small pan finds its picture there. */
const MARGIN = 0.25;

/**
 * A picture of the view and a margin around it, in a pane of the map: moved with the map it costs nothing, and it is
 * stretched with it while it zooms.
 */
export class MapCanvas {
  /** Holds the canvas, and whatever else lies at layer points of the map and follows its zoom. */
  readonly element = document.createElement('div');
  readonly lettering = new Lettering();
  readonly #map: L.Map;
  readonly #canvas = document.createElement('canvas');
  /** The map's layer points count from here, in pixels of the world at a zoom, when it was drawn. */
  #origin = L.point(0, 0);
  #zoom = Number.NaN;
  #drawn = L.bounds(this.#origin, this.#origin);
  readonly #redraw: () => void;
  readonly #causes = [sharpness, matchMedia('(prefers-color-scheme: dark)')];

  /** @param redraw called when all is to be drawn anew, as with other colours or with a font that has come */
  constructor(map: L.Map, pane: HTMLElement, redraw: () => void) {
    this.#map = map;
    this.#redraw = redraw;
    for (const cause of this.#causes) cause.addEventListener('change', redraw);
    document.fonts.addEventListener('loadingdone', this.#rewrite);
    // Leaflet's styles raise canvases above their neighbours.
    Object.assign(this.#canvas.style, { position: 'absolute', zIndex: '0', pointerEvents: 'none' });
    this.element.className = 'leaflet-zoom-animated';
    this.element.style.transformOrigin = '0 0';
    this.element.append(this.#canvas);
    pane.append(this.element);
  }

  /** Whether the map stands at the zoom for which it was drawn. */
  get isTrue(): boolean {
    return this.#map.getZoom() === this.#zoom;
  }

  /** Whether some of what is seen lies beyond what was drawn. */
  get isLeft(): boolean {
    const view = this.#map.getSize();
    const [from, to] = [L.point(0, 0), view].map((each) => this.#map.containerPointToLayerPoint(each));
    return this.isTrue && !this.#drawn.contains(L.bounds(from ?? view, to ?? view));
  }

  #rewrite = (): void => {
    this.lettering.clear();
    this.#redraw();
  };

  /** Draws the view anew. Gives `paint` the map's layer points to draw at, and the part of them that is drawn. */
  draw(paint: (context: CanvasRenderingContext2D, drawn: L.Bounds) => void): void {
    const map = this.#map;
    const view = map.getSize();
    const size = view.multiplyBy(1 + 2 * MARGIN).ceil();
    const corner = map.containerPointToLayerPoint(view.multiplyBy(-MARGIN)).round();
    const { ratio } = sharpness;
    const [width, height] = [Math.round(size.x * ratio), Math.round(size.y * ratio)];
    const canvas = this.#canvas;
    const context = canvas.getContext('2d');
    if (!context) return;
    context.reset();
    // To set a size, even the same, takes memory anew, which takes longer than all that is drawn there.
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    context.scale(ratio, ratio);
    context.translate(-corner.x, -corner.y);
    this.#drawn = L.bounds(corner, corner.add(size));
    paint(context, this.#drawn);
    canvas.style.width = `${size.x}px`;
    canvas.style.height = `${size.y}px`;
    L.DomUtil.setTransform(canvas, corner);
    [this.#origin, this.#zoom] = [map.getPixelOrigin(), map.getZoom()];
    L.DomUtil.setTransform(this.element, L.point(0, 0), 1);
  }

  /** Stretches the picture to where the map comes to be. */
  follow(center: L.LatLng, zoom: number): void {
    const map = this.#map;
    const scale = map.getZoomScale(zoom, this.#zoom);
    // Layer points count from where the pane was; Leaflet moves the pane's origin only when the zoom has ended.
    const origin = map.project(center, zoom).subtract(map.getSize().divideBy(2)).add(panePosition(map));
    L.DomUtil.setTransform(this.element, this.#origin.multiplyBy(scale).subtract(origin), scale);
  }

  remove(): void {
    for (const cause of this.#causes) cause.removeEventListener('change', this.#redraw);
    document.fonts.removeEventListener('loadingdone', this.#rewrite);
    this.element.remove();
  }
}

/** How far the map has been dragged since its origin was set, which every layer point includes. */
function panePosition(map: L.Map): L.Point {
  return L.DomUtil.getPosition(map.getPane('mapPane') ?? map.getContainer()) ?? L.point(0, 0);
}
