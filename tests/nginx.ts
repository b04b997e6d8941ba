import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from './network.ts';

/** Where Debian has it. */
export const NGINX = '/usr/sbin/nginx';

const SITE = resolve(import.meta.dirname, '../deploy/nginx.conf');

/**
 * Starts nginx as deploy/nginx.conf sets it up, on a free port without TLS, before a server or several.
 * @param upstream the addresses of the servers
 * @param folder an empty one, for its files
 * @throws when it does not answer
 */
export async function startNginx(
  upstream: string | readonly string[],
  folder: string,
): Promise<{ url: string; stop: () => Promise<void> }> {
  const port = await freePort();
  const servers = [upstream].flat();
  const site = readFileSync(SITE, 'utf8')
    .replace('/var/cache/nginx/dateline', join(folder, 'cache'))
    .replace(/server 127\.0\.0\.1:4000(.*;)/, (_, how) =>
      servers.map((each) => `server ${new URL(each).host}${how}`).join(' '),
    )
    .replace(/server \{\s+listen 80;[^}]*\}/, '')
    .replace('listen 443 ssl http2;', `listen 127.0.0.1:${port};`)
    .replace('listen [::]:443 ssl http2;', '')
    .replaceAll(/ssl_certificate\S* .*;/g, '');
  writeFileSync(join(folder, 'site.conf'), site);
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (each) => `${each}_temp_path ${join(folder, each)};`,
  );
  const [config, log] = [join(folder, 'nginx.conf'), join(folder, 'error.log')];
  // Its own user could not look into a folder of root's.
  const user = process.getuid?.() === 0 ? 'user root;' : '';
  writeFileSync(
    config,
    `${user} daemon off; pid ${join(folder, 'nginx.pid')}; error_log ${log}; events { worker_connections 8192; }
     http { access_log off; ${paths.join(' ')} include ${join(folder, 'site.conf')}; }`,
  );
  const child = spawn(NGINX, ['-c', config, '-e', log], { stdio: 'ignore' });
  const url = `http://127.0.0.1:${port}`;
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  };
  for (let tries = 0; tries < 100 && child.exitCode === null; tries++) {
    const { ok } = await fetch(url).catch(() => ({ ok: false }));
    if (ok) return { url, stop };
    await wait(50);
  }
  await stop();
  throw new Error(`nginx does not answer: ${readFileSync(log, 'utf8')}`);
}
