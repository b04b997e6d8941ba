import { expect, test } from 'vitest';
import { embedCode } from '../web/share/embed-code.ts';
import { TestServer } from './server.ts';

const server = new TestServer();

const TITLE = 'Syria diplomacy, 2016-17';
/** What a site asks that is told an address at maps.example. */
const ask = (query: Record<string, string>, headers: Record<string, string> = {}) =>
  server.app.inject({
    url: `/oembed?${new URLSearchParams(query)}`,
    headers: { host: 'maps.example', ...headers },
  });

test('an address of the map is answered with a frame that shows the same, as oEmbed has it', async () => {
  const response = await ask({ url: 'https://maps.example/?place=aleppo&from=2016-09-01', format: 'json' });
  expect(response.statusCode).toBe(200);
  expect(response.headers['content-type']).toMatch(/^application\/json/);
  expect(response.headers['access-control-allow-origin']).toBe('*');
  expect(response.json()).toEqual({
    version: '1.0',
    type: 'rich',
    title: TITLE,
    width: 800,
    height: 600,
    provider_name: 'Dateline',
    provider_url: 'https://maps.example',
    html: `<iframe src="https://maps.example/embed?place=aleppo&amp;from=2016-09-01" title="${TITLE}" width="800" height="600" loading="lazy" allowfullscreen></iframe>`,
  });
});

test.each([
  ['400', '300', 400, 300],
  ['2000', '9999', 800, 600],
  ['0', '-5', 800, 600],
  ['wide', '1e9', 800, 600],
])('a frame is no larger than asked for: %s × %s', async (maxwidth, maxheight, width, height) => {
  const { statusCode, body } = await ask({ url: 'https://maps.example/', maxwidth, maxheight });
  expect(statusCode).toBe(200);
  expect(JSON.parse(body)).toMatchObject({ width, height });
  expect(JSON.parse(body).html).toContain(`width="${width}" height="${height}"`);
});

test.each([
  ['https://elsewhere.example/', 404],
  ['https://maps.example.evil.example/', 404],
  ['https://maps.example@evil.example/', 404],
  ['https://maps.example:8443/', 404],
  ['https://maps.example/graphiql', 404],
  ['javascript:alert(1)//maps.example/', 404],
  ['ftp://maps.example/', 404],
  ['//maps.example/', 404],
  ['nonsense', 404],
  ['https://maps.example/embed?event=x', 200],
  ['http://maps.example', 200],
  ['https://maps.example:443/', 200],
])('only addresses of this map have a frame: %s gives %i', async (url, status) => {
  expect((await ask({ url })).statusCode).toBe(status);
});

test('another format than JSON is not offered, and a question needs an address', async () => {
  expect((await ask({ url: 'https://maps.example/', format: 'xml' })).statusCode).toBe(501);
  const { statusCode, body, headers } = await ask({});
  expect([statusCode, headers['cache-control']]).toEqual([400, 'no-store']);
  expect(JSON.parse(body).errors[0]).toEqual({
    message: 'the address is missing. Give url=ADDRESS.',
    extensions: { code: 'BAD_USER_INPUT' },
  });
  expect((await server.app.inject('/oembed?url=a&url=b')).statusCode).toBe(400);
});

test('no address breaks out of the frame’s HTML', async () => {
  const { html } = (await ask({ url: `https://maps.example/?q="><script>alert(1)</script>&a='b'` })).json();
  expect(html).toMatch(/^<iframe src="[^"<>]*" title="[^"<>]*" [^<>]*><\/iframe>$/);
});

/** The address that a page names for oEmbed, as a browser reads it. */
async function discovered(url: string, headers: Record<string, string>): Promise<URL | undefined> {
  const { body } = await server.app.inject({ url, headers });
  const links = [...body.matchAll(/<link rel="alternate" type="application\/json\+oembed" href="([^"]*)"/g)];
  expect(links.length).toBeLessThan(2);
  const href = links[0]?.[1]?.replaceAll('&amp;', '&');
  return href === undefined ? undefined : new URL(href);
}

test('the page names where it is told how it is embedded, by its whole address', async () => {
  const found = await discovered('/?q=a"<b>%26&lang=ar', { host: 'maps.example:8080' });
  expect(found?.origin).toBe('http://maps.example:8080');
  expect(found?.searchParams.get('format')).toBe('json');
  const { host, searchParams } = new URL(found?.searchParams.get('url') ?? '');
  expect([host, ...searchParams]).toEqual(['maps.example:8080', ['q', 'a"<b>&'], ['lang', 'ar']]);
  const answer = await server.app.inject({
    url: found ? found.pathname + found.search : '',
    headers: { host: 'maps.example:8080' },
  });
  expect(answer.statusCode).toBe(200);
});

test('behind a proxy that takes HTTPS off, the address is that of HTTPS', async () => {
  const headers = { host: 'maps.example', 'x-forwarded-proto': 'https' };
  expect((await discovered('/', headers))?.origin).toBe('https://maps.example');
  const odd = { host: 'maps.example', 'x-forwarded-proto': 'javascript' };
  expect((await discovered('/', odd))?.origin).toBe('http://maps.example');
});

test('a request that says a host that is none gets the page without that link', async () => {
  expect(await discovered('/', { host: '"><script>' })).toBeUndefined();
});

test('the map in a frame may stand in any site’s page, and no other page in any', async () => {
  const framing = async (url: string): Promise<string | undefined> => {
    const { statusCode, headers } = await server.app.inject(url);
    const forOldBrowsers = url.startsWith('/embed') ? undefined : 'DENY';
    expect([url, statusCode, headers['x-frame-options']]).toEqual([url, 200, forOldBrowsers]);
    return /frame-ancestors ([^;]*)/.exec(String(headers['content-security-policy']))?.[1];
  };
  for (const url of ['/embed', '/embed/', '/embed?place=aleppo']) expect(await framing(url)).toBe('*');
  for (const url of ['/', '/?embed', '/?a=/embed', '/graphiql', '/index.html'])
    expect([url, await framing(url)]).toEqual([url, "'none'"]);
});

test('the map in a frame needs no cookie and sets none', async () => {
  expect((await server.app.inject('/embed')).headers['set-cookie']).toBeUndefined();
});

test('the code that a reader copies is the frame that other sites are told', async () => {
  const url = 'https://maps.example/embed?q=a+%26+b&from=2016-09-01';
  expect(embedCode(url, TITLE)).toBe((await ask({ url })).json().html);
  expect(embedCode('https://maps.example/embed', '"><img src=x onerror=alert(1)>')).toMatch(
    /^<iframe src="[^"<>]*" title="[^"<>]*" [^<>]*><\/iframe>$/,
  );
});
