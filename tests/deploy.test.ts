import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { join, resolve } from 'node:path';
import { expect, onTestFinished, test, type TestContext } from 'vitest';
import { NGINX, startNginx } from './nginx.ts';
import { ServerProcess } from './server-process.ts';
import { tempFolder } from './temp.ts';

const DEPLOY = resolve(import.meta.dirname, '../deploy');
const PROGRAMS = { nginx: NGINX, caddy: 'caddy', systemd: 'systemd-analyze' };

/** Skips a test where a program is not there, and says so. */
const needs = ({ skip }: TestContext, program: string): void =>
  skip(spawnSync('which', [program]).status !== 0, `not run: ${program} is not installed`);

interface Got {
  status: number;
  headers: IncomingMessage['headers'];
  bytes: Buffer;
}

/** Asks over HTTP/1.1 for bytes as they come. */
async function ask(url: string, headers: Record<string, string> = {}): Promise<Got> {
  const [answer] = (await once(get(url, { headers }), 'response')) as [IncomingMessage];
  const bytes = Buffer.concat(await answer.toArray());
  return { status: answer.statusCode ?? 0, headers: answer.headers, bytes };
}

/** nginx as deploy/nginx.conf sets it up before a server, until the test ends. */
async function behindNginx(
  settings: Record<string, string>,
): Promise<{ url: string; server: ServerProcess }> {
  const database = `file:${join(tempFolder(), 'atlas.sqlite')}`;
  const server = new ServerProcess({ DATABASE_URL: database, ...settings }, { folder: tempFolder() });
  onTestFinished(async () => void (await server.stop('SIGKILL')));
  const { url, stop } = await startNginx(await server.address(), tempFolder());
  onTestFinished(stop);
  return { url, server };
}

test('nginx takes its configuration', (context) => {
  needs(context, PROGRAMS.nginx);
  const folder = tempFolder();
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=map.example.org', '-days', '1'],
      '-keyout',
      key,
      '-out',
      certificate,
    ],
    { stdio: 'ignore' },
  );
  const site = readFileSync(join(DEPLOY, 'nginx.conf'), 'utf8')
    .replace(/ssl_certificate .*;/, `ssl_certificate ${certificate};`)
    .replace(/ssl_certificate_key .*;/, `ssl_certificate_key ${key};`)
    .replace('/var/cache/nginx/dateline', join(folder, 'cache'));
  writeFileSync(join(folder, 'site.conf'), site);
  const config = join(folder, 'nginx.conf');
  const log = join(folder, 'error.log');
  writeFileSync(
    config,
    `pid ${join(folder, 'nginx.pid')}; error_log ${log}; events {} http { include ${folder}/site.conf; }`,
  );
  const { stderr, status } = spawnSync(PROGRAMS.nginx, ['-t', '-c', config, '-e', log], { encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, expect.stringContaining('test is successful')]);
  expect(stderr).not.toContain('[warn]');
});

test('behind nginx answers are kept and asked for anew by their tags, and come compressed as they were sent', async (context) => {
  needs(context, PROGRAMS.nginx);
  const { url, server } = await behindNginx({ TRUST_PROXY: '127.0.0.1' });
  const query = `/graphql?query=${encodeURIComponent('{ events(first: 50) { totalCount nodes { id title } } }')}`;
  const headers = {
    'apollo-require-preflight': '1',
    'accept-encoding': 'gzip',
    accept: 'application/json',
  };
  const direct = await ask(`${await server.address()}${query}`, headers);
  const through = await ask(url + query, headers);
  expect([through.status, through.headers['content-encoding']]).toEqual([200, 'gzip']);
  expect(through.bytes.equals(direct.bytes)).toBe(true);
  expect(through.headers.etag).toBe(direct.headers.etag);
  expect(through.headers['cache-control']).toBe(direct.headers['cache-control']);
  const again = await ask(url + query, { ...headers, 'if-none-match': String(through.headers.etag) });
  expect([again.status, again.bytes.length]).toEqual([304, 0]);
  // What nginx has kept it does not ask the server for.
  const asked = async (): Promise<number> => {
    const { bytes } = await ask(`${await server.address()}/metrics`);
    const counts = String(bytes).matchAll(
      /^dateline_http_request_seconds_count\{route="\/graphql".*\} (\d+)$/gm,
    );
    return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
  };
  const before = await asked();
  expect(before).toBeGreaterThan(1);
  for (let at = 0; at < 5; at++)
    expect((await ask(url + query, headers)).bytes.equals(direct.bytes)).toBe(true);
  expect(await asked()).toBe(before);
  for (const path of ['/metrics', '/metrics/', '//metrics', '/%6detrics'])
    expect([path, (await ask(url + path)).status]).toEqual([path, 404]);
});

test('behind nginx no address gets round its limit by what it says of itself', async (context) => {
  needs(context, PROGRAMS.nginx);
  const { url } = await behindNginx({ TRUST_PROXY: '127.0.0.1', REQUESTS_PER_MINUTE: '5' });
  const statuses: number[] = [];
  for (let at = 0; at < 8; at++) {
    const forwarded = { 'x-forwarded-for': `203.0.113.${at}`, 'apollo-require-preflight': '1' };
    const query = encodeURIComponent(`{ atlas { title } a${at}: __typename }`);
    statuses.push((await ask(`${url}/graphql?query=${query}`, forwarded)).status);
  }
  expect(statuses.filter((status) => status === 429).length).toBeGreaterThan(0);
});

test('Caddy takes its configuration', (context) => {
  needs(context, PROGRAMS.caddy);
  const { status, stderr } = spawnSync(
    'caddy',
    ['validate', '--adapter', 'caddyfile', '--config', join(DEPLOY, 'Caddyfile')],
    {
      encoding: 'utf8',
      env: { ...process.env, HOME: tempFolder() },
    },
  );
  expect([status, stderr]).toEqual([0, expect.anything()]);
});

test('systemd takes the unit, and finds little to fear in it', (context) => {
  needs(context, PROGRAMS.systemd);
  const folder = tempFolder();
  const unit = join(folder, 'dateline.service');
  writeFileSync(unit, readFileSync(join(DEPLOY, 'dateline.service')));
  const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', unit], {
    encoding: 'utf8',
  });
  expect([status, stderr.split('\n').filter((line) => line.includes('dateline'))]).toEqual([0, []]);
  const security = spawnSync('systemd-analyze', ['security', '--offline=yes', '--threshold=20', unit], {
    encoding: 'utf8',
  });
  expect([security.status, security.stdout.trim().split('\n').at(-1)]).toEqual([
    0,
    expect.stringContaining('OK'),
  ]);
});
