import assert from 'node:assert/strict';
import { existsSync, rmSync } from 'node:fs';
import { NGINX, startNginx } from '../nginx.ts';
import { NotRun, type Check } from './check.ts';
import { newFolder, withTarget } from './target.ts';

/** C6 through a proxy: Debian's nginx, as deploy/nginx.conf sets it up. */
export const PROXY: Check[] = [
  {
    id: 'C6a',
    threat: 'callers who say through nginx that they are others',
    run: () => {
      if (!existsSync(NGINX)) throw new NotRun('nginx is not installed');
      return withTarget({ TRUST_PROXY: '127.0.0.1', REQUESTS_PER_MINUTE: '10' }, async (server) => {
        const folder = newFolder();
        const nginx = await startNginx(server.url, folder);
        try {
          const statuses: number[] = [];
          for (let at = 0; at < 30; at++) {
            const response = await fetch(`${nginx.url}/graphql?query={atlas{id}}&at=${at}`, {
              headers: {
                'apollo-require-preflight': '1',
                ...{ 'x-forwarded-for': `198.51.100.${at}`, 'x-real-ip': `198.51.100.${at}` },
                ...{ forwarded: `for=198.51.100.${at};proto=https;host=evil.example` },
                ...{ 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' },
              },
            });
            assert.equal(
              response.headers.get('strict-transport-security'),
              null,
              'it is believed to have TLS',
            );
            assert.doesNotMatch(await response.text(), /evil/);
            statuses.push(response.status);
          }
          const refused = statuses.filter((status) => status === 429).length;
          assert.ok(refused >= 10, `not limited: ${statuses.join()}`);
          for (const path of ['/metrics', '/metrics/', '//metrics', '/%6detrics'])
            assert.equal((await fetch(nginx.url + path)).status, 404, path);
          return {
            seen: `${refused} of ${statuses.length} refused, whoever they said to be`,
            inputs: statuses.length + 4,
          };
        } finally {
          await nginx.stop();
          rmSync(folder, { recursive: true, force: true });
        }
      });
    },
  },
];
