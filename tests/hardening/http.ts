import assert from 'node:assert/strict';
import { once } from 'node:events';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { Check } from './check.ts';
import { ServerProcess } from '../server-process.ts';
import { POST, received, statusIn, Target, withTarget } from './target.ts';

const QUERY = JSON.stringify({ query: '{ atlas { id } }' });

const request = (line: string, headers: string[] = [], body = ''): string =>
  [line, 'host: localhost', 'connection: close', ...headers, '', body].join('\r\n');

const posted = (type: string, body = QUERY): string =>
  request(
    'POST /graphql HTTP/1.1',
    [`content-type:${type}`, `content-length: ${Buffer.byteLength(body)}`],
    body,
  );

/** C: what HTTP itself lets strangers try. */
export const HTTP: Check[] = [
  {
    id: 'C1',
    threat: 'a page elsewhere that has a browser ask',
    run: async (server) => {
      const query = encodeURIComponent('{ atlas { id } }');
      for (const type of [
        'text/plain',
        'application/x-www-form-urlencoded',
        'multipart/form-data; boundary=x',
        null,
      ]) {
        const headers = type === null ? undefined : { 'content-type': type };
        const body = Buffer.from(QUERY);
        const { status } = await server.get('/graphql', {
          method: 'POST',
          body,
          ...(headers && { headers }),
        });
        assert.ok([400, 415].includes(status), `${type}: ${status}`);
        const plain = await server.raw(
          request(`GET /graphql?query=${query} HTTP/1.1`, type === null ? [] : [`content-type: ${type}`]),
        );
        assert.ok([400, 415].includes(statusIn(plain)), `GET with ${type}: ${plain.slice(0, 100)}`);
      }
      const odd = await server.raw(
        request(`GET /graphql?query=${query} HTTP/1.1`, [
          'content-type: text/plain',
          'apollo-require-preflight: 1',
        ]),
      );
      assert.equal(statusIn(odd), 415);
      return { seen: 'nothing that a browser sends unasked is answered', inputs: 9 };
    },
  },
  {
    id: 'C2',
    threat: 'requests that come byte by byte and hold all connections',
    run: async (server) => {
      const starts = [
        'GET /healthz HTTP/1.1\r\nhost: a\r\nx: ',
        `${posted('application/json').slice(0, -10)}`,
      ];
      const start = performance.now();
      const sockets = await Promise.all(Array.from({ length: 50 }, () => server.connection()));
      const answers = sockets.map((socket, at) => {
        socket.write(starts[at % 2] ?? '');
        const drip = setInterval(() => socket.writable && socket.write('a'), 1000);
        // A body has no more than these to come.
        if (at % 2) clearInterval(drip);
        return received(socket).finally(() => clearInterval(drip));
      });
      await server.mustBeWell();
      const all = await Promise.race([Promise.all(answers), setTimeout(15_000, null)]);
      for (const socket of sockets) socket.destroy();
      assert.ok(all, 'some are still open after 15 s');
      for (const answer of all) {
        assert.equal(statusIn(answer), 408, answer.slice(0, 200));
        assert.match(answer, /"code":"REQUEST_TIMEOUT"/);
      }
      const seconds = Math.round((performance.now() - start) / 1000);
      return { seen: `${all.length} told 408 within ${seconds} s`, inputs: all.length };
    },
  },
  {
    id: 'C3',
    threat: 'bodies and headers that fill the memory',
    run: async (server) => {
      const before = server.memory();
      const long = await server.get('/graphql', {
        method: 'POST',
        headers: POST,
        body: JSON.stringify({ query: 'a'.repeat(2 ** 21) }),
      });
      assert.deepEqual([long.status, long.codes], [413, ['BODY_TOO_LARGE']]);
      const bomb = await server.get('/graphql', {
        ...{ method: 'POST', headers: { ...POST, 'content-encoding': 'gzip' } },
        body: gzipSync(Buffer.alloc(2 ** 28)),
      });
      assert.deepEqual([bomb.status, bomb.codes], [415, ['UNSUPPORTED_CONTENT_ENCODING']]);
      const headers = await server.raw(request('GET /healthz HTTP/1.1', [`x-long: ${'a'.repeat(20_000)}`]));
      assert.equal(statusIn(headers), 431);
      assert.match(headers, /"code":"HEADERS_TOO_LARGE"/);
      const chunk = `10000\r\n${'a'.repeat(65_536)}\r\n`;
      const socket = await server.connection();
      socket.write(
        request('POST /graphql HTTP/1.1', ['content-type: application/json', 'transfer-encoding: chunked']),
      );
      const answer = received(socket);
      let left = 2 ** 26;
      const flood = setInterval(() => {
        left -= chunk.length;
        if (left > 0) socket.write(chunk);
        else socket.destroy();
      });
      await answer.finally(() => clearInterval(flood));
      assert.equal(statusIn(await answer), 413);
      const growth = server.memory() - before;
      assert.ok(growth < 50, `the memory grew by ${Math.round(growth)} MB`);
      const grown = Math.max(0, Math.round(growth));
      return { seen: `413, 415, 431 and 413, the memory grew by ${grown} MB`, inputs: 4 };
    },
  },
  {
    id: 'C4',
    threat: 'content types that are read in two ways',
    run: async (server) => {
      const types = [
        ' application/json garbage',
        '\ta',
        ' application/json; charset=cp037',
        ' application/json, text/plain',
        ' application/json;charset=utf-16',
        ' text/plain;application/json',
        ' application/jsonx',
        ' application/json\t/x',
        ' application/ json',
      ];
      for (const type of types) {
        const answer = await server.raw(posted(type));
        assert.ok([400, 415].includes(statusIn(answer)), `"${type}": ${answer.slice(0, 60)}`);
      }
      for (const type of [
        ' application/json',
        ' application/json; charset=utf-8',
        ' Application/JSON;charset="UTF-8"',
      ])
        assert.equal(statusIn(await server.raw(posted(type))), 200, type);
      return { seen: `${types.length} odd ones refused`, inputs: types.length };
    },
  },
  {
    id: 'C5',
    threat: 'names that change every object of the process',
    run: () => {
      const tell = 'process.on("SIGUSR2",()=>process.stderr.write(`polluted: ${({}).polluted}\\n`))';
      return withTarget(
        { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(tell)}` },
        async (server) => {
          const bodies = [
            '{"query": "{ atlas { id } }", "__proto__": {"polluted": 1}}',
            '{"query": "{ atlas { id } }", "constructor": {"prototype": {"polluted": 1}}}',
            '{"query": "query ($f: EventFilter) { events(filter: $f) { totalCount } }", "variables": {"f": {"__proto__": {"polluted": 1}}}}',
            '{"query": "query ($f: EventFilter) { events(filter: $f) { totalCount } }", "variables": {"f": {"constructor": {"prototype": {"polluted": 1}}}}}',
            '{"query": "{ __proto__: atlas { __proto__: id } }"}',
            '{"query": "{ atlas { id } }", "extensions": {"__proto__": {"polluted": 1}}}',
          ];
          const statuses: number[] = [];
          for (const body of bodies)
            statuses.push((await server.get('/graphql', { method: 'POST', headers: POST, body })).status);
          assert.deepEqual(statuses, [400, 400, 400, 400, 200, 400]);
          const paths = [
            '/?__proto__[polluted]=1',
            '/graphql?__proto__[polluted]=1&constructor.prototype.polluted=1',
            '/export/events.geojson?__proto__=1&constructor[prototype][polluted]=1',
            '/oembed?__proto__[polluted]=1',
          ];
          for (const path of paths) assert.ok((await server.get(path)).status < 500, path);
          const said = once(server.process.child.stderr ?? server.process.child, 'data');
          server.process.child.kill('SIGUSR2');
          assert.match(String((await said)[0]), /polluted: undefined/);
          await server.mustBeWell();
          return {
            seen: 'refused or a plain key; no object has it',
            inputs: bodies.length + paths.length,
          };
        },
      );
    },
  },
  {
    id: 'C6',
    threat: 'callers who say that they are others',
    run: async () => {
      const refusing = new ServerProcess({ TRUST_PROXY: '::ffff:10.0.0.0/8' });
      assert.deepEqual(await refusing.ended.then(({ code, error }) => [code, /TRUST_PROXY/.test(error)]), [
        1,
        true,
      ]);
      const statuses = await withTarget({ REQUESTS_PER_MINUTE: '10' }, (server) =>
        Promise.all(
          Array.from({ length: 30 }, async (_, at) => {
            const headers = {
              'x-forwarded-for': `198.51.100.${at}`,
              'x-forwarded-host': 'evil.example',
              'x-forwarded-proto': 'https',
            };
            const got = await server.get('/settings.json', { headers });
            assert.equal(got.headers.get('strict-transport-security'), null);
            return got.status;
          }),
        ),
      );
      assert.ok(statuses.filter((status) => status === 429).length >= 20, statuses.join());
      return { seen: 'who forwards is believed of named proxies alone', inputs: statuses.length };
    },
  },
  {
    id: 'C7',
    threat: 'one address that takes all of the server',
    run: async () => {
      const server = await Target.start({ REQUESTS_PER_MINUTE: '' });
      try {
        let [answered, refused, retryAfter] = [0, 0, 0];
        const many = async (): Promise<void> => {
          for (let at = 0; at < 400; at++) {
            const got = await server.ask('{ atlas { id } }');
            if (got.status === 200) answered++;
            else {
              assert.deepEqual([got.status, got.codes], [429, ['TOO_MANY_REQUESTS']]);
              retryAfter = Number(got.headers.get('retry-after'));
              refused++;
            }
          }
        };
        await Promise.all(Array.from({ length: 10 }, many));
        // A minute may end within, and another begin.
        assert.ok(refused > 0 && answered <= 6000, `${answered} answered, ${refused} refused`);
        assert.ok(retryAfter > 0 && retryAfter <= 60, `Retry-After is ${retryAfter}`);
        for (const path of ['/healthz', '/readyz']) assert.equal((await server.get(path)).status, 200);
        const seen = `${answered} answered, ${refused} told to wait; health is told all the while`;
        return { seen, inputs: refused };
      } finally {
        await server.stop('SIGKILL');
      }
    },
  },
  {
    id: 'C8',
    threat: 'addresses that lead out of the pages, or elsewhere',
    run: async (server) => {
      const paths = [
        '/../package.json',
        '/..%2fpackage.json',
        '/%2e%2e/package.json',
        '/%2e%2e%2fpackage.json',
        '/assets/../../package.json',
        '/assets/..%5c..%5cpackage.json',
        '/..\\package.json',
        '//evil.example/',
        '//evil.example/%2e%2e',
        '/\\evil.example',
        '/%5cevil.example',
        '/GRAPHQL',
        '/Graphiql',
        '/graphql%2Fx',
        '/%00',
        '/%zz',
        '/assets/%00.js',
        '/.git/config',
        '/assets/',
        '/export/../../package.json',
        '/export/events.%2e%2e',
        '*',
        'http://evil.example/',
      ];
      for (const path of paths) {
        const answer = await server.raw(request(`GET ${path} HTTP/1.1`));
        const status = statusIn(answer);
        // Of an address with a host the path is what counts, and * is the server as a whole.
        assert.ok([400, 404].includes(status) || /^(http|\*)/.test(path), `${path}: ${answer.slice(0, 40)}`);
        assert.doesNotMatch(answer, /^location:/im, path);
        assert.doesNotMatch(answer, /dateline-atlas|\[core\]|root:/, path);
      }
      return { seen: `${paths.length} addresses lead nowhere`, inputs: paths.length };
    },
  },
  {
    id: 'C9',
    threat: 'answers that are lost when it is stopped',
    run: async () => {
      const server = await Target.start();
      await server.mustBeWell();
      const idle = await server.connection();
      idle.write('GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n');
      await once(idle, 'data');
      const underWay = await server.connection();
      const whole = posted(' application/json');
      underWay.write(whole.slice(0, -5));
      await setTimeout(200);
      const start = performance.now();
      const ended = server.stop();
      await setTimeout(100);
      server.process.child.kill('SIGTERM');
      await assert.rejects(fetch(`${server.url}/readyz`), 'new connections are taken');
      await setTimeout(1000);
      underWay.write(whole.slice(-5));
      const answer = await received(underWay);
      assert.equal(statusIn(answer), 200, answer.slice(0, 200));
      assert.deepEqual(await ended, { code: 0, signal: null, error: '' });
      const seconds = (performance.now() - start) / 1000;
      assert.ok(seconds < 5, `it took ${seconds.toFixed(1)} s`);
      assert.ok(idle.destroyed || idle.readableEnded || (await received(idle)) !== undefined);
      return `what was under way was answered; it ended with 0 after ${seconds.toFixed(1)} s, told twice`;
    },
  },
  {
    id: 'C9a',
    threat: 'a caller who keeps it from being stopped',
    run: async () => {
      const server = await Target.start();
      const never = await server.connection();
      never.write(posted(' application/json').slice(0, -5));
      await setTimeout(200);
      const start = performance.now();
      const { code } = await server.stop();
      const seconds = (performance.now() - start) / 1000;
      assert.equal(code, 0);
      assert.ok(seconds < 5, `it took ${seconds.toFixed(1)} s`);
      return `it ended with 0 after ${seconds.toFixed(1)} s`;
    },
  },
  {
    id: 'C10',
    threat: 'a server that says it is well and is not',
    run: () =>
      withTarget({}, async (server) => {
        const db = new DatabaseSync(join(server.folder, 'atlas.sqlite'));
        db.exec('ALTER TABLE atlas RENAME TO elsewhere');
        const ready = await server.get('/readyz');
        assert.deepEqual([ready.status, ready.json], [503, { status: 'not ready', reason: 'STORE_FAILED' }]);
        assert.equal((await server.get('/healthz')).status, 200);
        db.exec('ALTER TABLE elsewhere RENAME TO atlas');
        db.close();
        assert.equal((await server.get('/readyz')).status, 200);
        await server.mustBeWell();
        return { seen: 'alive, not ready and why, and ready again at once', faults: 1 };
      }),
  },
];
