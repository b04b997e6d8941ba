import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** What a frame measures unless somebody asks for less, in CSS pixels. */
const WIDTH = 800;
const HEIGHT = 600;

interface Question {
  url?: string;
  format?: string;
  maxwidth?: string;
  maxheight?: string;
}

/**
 * Answers at `/oembed` how an address of the map is put into a page elsewhere, as https://oembed.com has it: an iframe at
 * `/embed` with what the address says. JSON alone is spoken.
 * @param title what the atlas is called
 */
export function tellHowToEmbed(app: FastifyInstance, title: () => Promise<string>): void {
  app.get<{ Querystring: Question }>('/oembed', async ({ query, headers }, reply) => {
    const { url, format = 'json', maxwidth, maxheight } = query;
    reply.header('cache-control', 'public, max-age=3600');
    if (format !== 'json')
      return refuse(reply, 501, 'FORMAT_NOT_OFFERED', 'other formats than JSON are not offered.');
    if (typeof url !== 'string')
      return refuse(reply, 400, 'BAD_USER_INPUT', 'the address is missing. Give url=ADDRESS.');
    const address = ownAddress(url, headers.host);
    if (!address)
      return refuse(
        reply,
        404,
        'NOT_FOUND',
        'not an address of this map. Give one that starts with its own.',
      );
    const [width, height] = [atMost(maxwidth, WIDTH), atMost(maxheight, HEIGHT)];
    const name = await title();
    const frame = `${address.origin}/embed${address.search}`;
    return {
      ...{ version: '1.0', type: 'rich', title: name, width, height },
      ...{ provider_name: 'Dateline', provider_url: address.origin },
      html: `<iframe src="${escaped(frame)}" title="${escaped(name)}" width="${width}" height="${height}" loading="lazy" allowfullscreen></iframe>`,
    };
  });
}

/** The page with a link by which other sites find out how it is embedded; as it is when the request does not say where it is. */
export function withDiscovery(page: string, { headers, protocol, url }: FastifyRequest): string {
  // A proxy that takes HTTPS off says so. Nobody but who sends a wrong word gets a wrong link.
  const scheme = headers['x-forwarded-proto'] === 'https' ? 'https' : protocol;
  const address = ownAddress(`${scheme}://${headers.host}${url}`, headers.host);
  if (!address) return page;
  const href = `${address.origin}/oembed?url=${encodeURIComponent(address.href)}&format=json`;
  const link = `<link rel="alternate" type="application/json+oembed" href="${escaped(href)}" />`;
  return page.replace('</head>', () => `  ${link}\n  </head>`);
}

/** An address of the map on this host; null for any other. */
function ownAddress(text: string, host: string | undefined): URL | null {
  const address = URL.canParse(text) ? new URL(text) : null;
  const isOwn =
    address !== null &&
    host !== undefined &&
    /^https?:$/.test(address.protocol) &&
    // The host that was asked may name a port that the scheme has anyway.
    URL.canParse(`${address.protocol}//${host}`) &&
    address.host === new URL(`${address.protocol}//${host}`).host &&
    /^\/(embed\/?)?$/.test(address.pathname);
  return isOwn ? address : null;
}

/** The largest side that is allowed, and wanted; a limit that is no number is none. */
function atMost(limit: string | undefined, wanted: number): number {
  return /^[1-9]\d{0,5}$/.test(limit ?? '') ? Math.min(Number(limit), wanted) : wanted;
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (text: string): string => text.replaceAll(/[&<>"]/g, (each) => ENTITIES[each] ?? '');

const refuse = (reply: FastifyReply, status: number, code: string, message: string): FastifyReply =>
  reply
    .code(status)
    .header('cache-control', 'no-store')
    .send({ errors: [{ message, extensions: { code } }] });
