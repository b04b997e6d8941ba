import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { Socket, type AddressInfo } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { fetched, isPublic, type FetchRules } from '../server/import/fetched.ts';
import { FORBIDDEN } from './forbidden-addresses.ts';

let server: Server | undefined;
let connections = 0;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

/** A server on this machine; gives its port. */
async function serve(answer: RequestListener): Promise<number> {
  connections = 0;
  server = createServer(answer).listen(0, '127.0.0.1');
  server.on('connection', () => connections++);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** The real rules, but for one name that stands for this machine's server. */
const rulesFor = (port: number, names: Record<string, string[]> = {}): FetchRules => ({
  resolve: async (host) => (host === 'events.example' ? ['127.0.0.1'] : (names[host] ?? ['127.0.0.1'])),
  isAllowed: (address, asked) => isPublic(address) || (address === '127.0.0.1' && asked === port),
});

const LIMITS = { bytes: 1000, milliseconds: 5000, redirects: 3 };

test('a file is fetched by its address, by way of others, and taken away in the end', async () => {
  const port = await serve((request, answer) => {
    if (request.url === '/old') answer.writeHead(302, { location: '/data/events%201.csv' }).end();
    else answer.end(`${request.headers.host} ${request.url}`);
  });
  const file = await fetched(`http://events.example:${port}/old`, rulesFor(port), LIMITS);
  expect(file.name).toBe('events 1.csv');
  expect(readFileSync(file.path, 'utf8')).toBe(`events.example:${port} /data/events%201.csv`);
  file.close();
  expect(existsSync(file.path)).toBe(false);
});

test.each(FORBIDDEN)('%s is refused and nothing is connected to', async (address) => {
  const connect = vi.spyOn(Socket.prototype, 'connect');
  await expect(fetched(address)).rejects.toThrow('may not be fetched');
  expect(connect).not.toHaveBeenCalled();
  connect.mockRestore();
});

test('a redirect to an address of this machine is refused at that hop', async () => {
  const port = await serve((_, answer) => answer.writeHead(302, { location: 'http://127.0.0.1:1/' }).end());
  await expect(fetched(`http://events.example:${port}/`, rulesFor(port), LIMITS)).rejects.toThrow(
    'http://127.0.0.1:1/ may not be fetched: 127.0.0.1:1 is not a public address',
  );
  expect(connections).toBe(1);
});

test('a name that comes to another address the second time is connected to where it was checked', async () => {
  const port = await serve((_, answer) => answer.end('first'));
  let asked = 0;
  const rules: FetchRules = {
    resolve: async () => (asked++ === 0 ? ['127.0.0.1'] : ['10.0.0.1']),
    isAllowed: rulesFor(port).isAllowed,
  };
  const file = await fetched(`http://rebind.example:${port}/`, rules, LIMITS);
  expect([readFileSync(file.path, 'utf8'), asked]).toEqual(['first', 1]);
  file.close();
  // Of several addresses none may be private.
  const both = rulesFor(port, { 'both.example': ['93.184.215.14', '192.168.1.1'] });
  await expect(fetched('http://both.example/', both, LIMITS)).rejects.toThrow('may not be fetched');
});

test.each<[what: string, answer: RequestListener, sentence: RegExp]>([
  ['too many redirects', (_, answer) => answer.writeHead(302, { location: '/' }).end(), /more than 3 times/],
  ['an error', (_, answer) => answer.writeHead(404).end(), /answers with 404/],
  ['too long a length', (_, answer) => answer.end('x'.repeat(2000)), /is more than 0 MB/],
  [
    'too much without a length',
    (_, answer) => {
      answer.write('x'.repeat(900));
      answer.end('x'.repeat(900));
    },
    /is more than 0 MB/,
  ],
  ['an end in the middle', (_, answer) => answer.socket?.destroy(), /cannot be fetched: .*socket/],
])('%s is told in a sentence', async (_, answer, sentence) => {
  const port = await serve(answer);
  await expect(fetched(`http://events.example:${port}/`, rulesFor(port), LIMITS)).rejects.toThrow(sentence);
});

test('a server that takes its time is given up', async () => {
  const port = await serve((_, answer) => void answer.write('slow'));
  const limits = { ...LIMITS, milliseconds: 200 };
  await expect(fetched(`http://events.example:${port}/`, rulesFor(port), limits)).rejects.toThrow(
    'took longer than 0.2 s',
  );
});
