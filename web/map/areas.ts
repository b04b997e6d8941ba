import L from 'leaflet';
import type { MarkFragment } from '../queries.generated.ts';
import { nearestLng } from '../view.ts';
import { countryShape } from './area.ts';

const PANE = 'areas';
const SVG = 'http://www.w3.org/2000/svg';

/** Marks that stand for an area: a hatched country, or a hatched circle for a region whose edge nobody drew. */
export class Areas extends L.Layer {
  #renderer = L.svg({ pane: PANE, padding: 0.5 });
  #shown = new Map<string, L.Path>();
  #pointed: string | null = null;

  override onAdd(map: L.Map): this {
    const pane = map.getPane(PANE) ?? map.createPane(PANE);
    pane.style.zIndex = '300';
    pane.style.pointerEvents = 'none';
    this.#renderer.addTo(map);
    this.#addHatching();
    return this;
  }

  override onRemove(): this {
    for (const path of this.#shown.values()) path.remove();
    this.#shown.clear();
    this.#renderer.remove();
    return this;
  }

  override getEvents(): Record<string, L.LeafletEventHandlerFn> {
    return { zoomend: () => this.#fade() };
  }

  /** Shows the areas that have a mark of their own, and the pointed one, which stands out. */
  show(marks: readonly MarkFragment[], pointed: string | null): void {
    this.#pointed = pointed;
    const wanted = new Set<string>();
    for (const { place, anchor } of marks) {
      if ((!place && anchor.id !== pointed) || anchor.radiusKm === null) continue;
      wanted.add(anchor.id);
      if (!this.#shown.has(anchor.id)) void this.#add(anchor, anchor.radiusKm);
    }
    for (const [id, path] of this.#shown)
      if (!wanted.has(id)) {
        path.remove();
        this.#shown.delete(id);
      }
    this.#mark();
  }

  async #add({ id, position, country, precision }: MarkFragment['anchor'], radiusKm: number): Promise<void> {
    const style = {
      pane: PANE,
      renderer: this.#renderer,
      interactive: false,
      className: 'area',
      stroke: true,
    };
    const lng = nearestLng(position.lng, this._map.getCenter().lng);
    const region = L.circle([position.lat, lng], { ...style, radius: radiusKm * 1000 });
    this.#shown.set(id, region);
    const outline =
      precision === 'COUNTRY' && country ? await countryShape(country).catch(() => undefined) : undefined;
    // Until the outline has come, the mark may have gone.
    if (this.#shown.get(id) !== region) return;
    const path = outline ? L.polygon(ringsOf(outline.coordinates, lng), style) : region;
    this.#shown.set(id, path);
    path.addTo(this._map);
    this.#fade();
    this.#mark();
  }

  #mark(): void {
    for (const [id, path] of this.#shown)
      path.getElement()?.classList.toggle('is-pointed', id === this.#pointed);
  }

  /** The larger an area is on screen, the fainter: it must not outweigh what lies on it. */
  #fade(): void {
    for (const path of this.#shown.values()) {
      const box = path.getElement()?.getBoundingClientRect();
      const width = Math.max(box?.width ?? 0, 1);
      (path.getElement() as SVGElement | undefined)?.style.setProperty(
        '--area-strength',
        String(Math.max(0.12, Math.min(0.6, 60 / width))),
      );
    }
  }

  #addHatching(): void {
    const svg = (this.#renderer as unknown as { _container: SVGSVGElement })._container;
    const make = (name: string, attributes: Record<string, string>): SVGElement => {
      const made = document.createElementNS(SVG, name);
      for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
      return made;
    };
    const pattern = make('pattern', {
      ...{ id: 'hatch', width: '7', height: '7', patternUnits: 'userSpaceOnUse' },
      patternTransform: 'rotate(45)',
    });
    pattern.append(make('path', { d: 'M0 0V7', class: 'hatch-line' }));
    const defs = make('defs', {});
    defs.append(pattern);
    svg.prepend(defs);
  }
}

/** GeoJSON positions as Leaflet's, moved by whole turns to the copy of the world that is nearest to a longitude. */
function ringsOf(coordinates: unknown, lng: number): L.LatLng[][][] {
  const polygons = coordinates as [number, number][][][];
  const [first] = polygons[0]?.[0] ?? [];
  const turn = first ? nearestLng(first[0], lng) - first[0] : 0;
  return polygons.map((rings) => rings.map((ring) => ring.map(([x, y]) => L.latLng(y, x + turn))));
}
