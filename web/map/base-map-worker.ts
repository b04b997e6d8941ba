/** Cuts one topology into tiles and draws them, away from the main thread. One worker per topology. */
import type { Feature, MultiPolygon, Polygon, Position } from 'geojson';
import GeoJSONVT, { type RawTile } from 'geojson-vt';
import { feature, mesh } from 'topojson-client';
import type { GeometryCollection, Topology } from 'topojson-specification';
import { unwrapLines, unwrapPolygons } from './antimeridian.ts';

export type Colours = Record<'land' | 'water' | 'border' | 'coast', string>;

/** A tile to draw: its address, its size and with what it overlaps others in CSS pixels, device pixels per tile pixel and per CSS pixel of a line. */
export interface TileRequest {
  id: number;
  x: number;
  y: number;
  z: number;
  size: number;
  side: number;
  ratio: number;
  pen: number;
  colours: Colours;
}

export type ToWorker = { url: string } | TileRequest;
export type FromWorker = { ready: true } | { id: number; image: ImageBitmap };

type Kind = 'land' | 'border' | 'coast';

const EXTENT = 4096;
let index: GeoJSONVT | undefined;

addEventListener('message', ({ data }: MessageEvent<ToWorker>) => {
  if ('url' in data) void load(data.url);
  else reply(draw(data));
});

function reply(answer: FromWorker): void {
  postMessage(answer, { transfer: 'image' in answer ? [answer.image] : [] });
}

async function load(url: string): Promise<void> {
  index = cut((await (await fetch(url)).json()) as Topology);
  reply({ ready: true });
}

/** Small features, so that most are dismissed by their box alone; `indexMaxZoom` 0 leaves the cutting to the tiles asked for. */
function cut(topology: Topology): GeoJSONVT {
  const { countries, land } = topology.objects as Record<'countries' | 'land', GeometryCollection>;
  const polygons = feature(topology, land).features.flatMap(({ geometry }) =>
    unwrapPolygons(geometry as Polygon | MultiPolygon),
  );
  const lines = (kind: Kind, between: (a: object, b: object) => boolean): Feature[] =>
    unwrapLines(mesh(topology, countries, between)).map((line) => item(kind, 'LineString', line));
  return new GeoJSONVT(
    {
      type: 'FeatureCollection',
      features: [
        ...polygons.map((rings) => item('land', 'Polygon', rings)),
        ...lines('border', (a, b) => a !== b),
        ...lines('coast', (a, b) => a === b),
      ],
    },
    { maxZoom: 18, indexMaxZoom: 0, extent: EXTENT, buffer: 64, tolerance: 3 },
  );
}

function item(kind: Kind, type: 'Polygon' | 'LineString', coordinates: Position[] | Position[][]): Feature {
  return { type: 'Feature', properties: { kind }, geometry: { type, coordinates } as Feature['geometry'] };
}

function draw({ id, x, y, z, size, side, ratio, pen, colours }: TileRequest): FromWorker {
  const pixels = Math.ceil(side * ratio);
  const canvas = new OffscreenCanvas(pixels, pixels);
  const context = canvas.getContext('2d', { alpha: false });
  if (!context) throw new Error('cannot draw the base map: no 2d canvas in this worker');
  context.fillStyle = colours.water;
  context.fillRect(0, 0, pixels, pixels);
  const tile = index?.getTileRaw(z, x, y);
  if (tile) {
    const scale = ((pixels / side) * size) / EXTENT;
    context.lineJoin = 'round';
    context.fillStyle = colours.land;
    trace(context, tile, 'land', scale);
    context.fill('evenodd');
    // Borders first: where they meet the sea the stronger coastline ends them cleanly.
    for (const [kind, width] of [
      ['border', 0.9],
      ['coast', 0.9],
    ] as const) {
      context.strokeStyle = colours[kind];
      context.lineWidth = width * pen;
      trace(context, tile, kind, scale);
      context.stroke();
    }
  }
  return { id, image: canvas.transferToImageBitmap() };
}

function trace(context: OffscreenCanvasRenderingContext2D, tile: RawTile, kind: Kind, scale: number): void {
  context.beginPath();
  for (const { type, tags, ...shape } of tile.features) {
    if (tags?.['kind'] !== kind || !('geometry' in shape) || type < 2 || type > 3) continue;
    for (const line of shape.geometry as Int32Array[]) {
      for (let i = 0; i < line.length; i += 2) {
        const [px, py] = [(line[i] ?? 0) * scale, (line[i + 1] ?? 0) * scale];
        if (i) context.lineTo(px, py);
        else context.moveTo(px, py);
      }
    }
  }
}
