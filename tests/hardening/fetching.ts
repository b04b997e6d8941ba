import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { FORBIDDEN } from '../forbidden-addresses.ts';
import { NotRun, type Check } from './check.ts';
import { inFolder, isInstalled } from './faults.ts';

const MAIN = resolve(import.meta.dirname, '../../server/main.ts');

/** A connection over the Internet as strace tells it. Those to port 53 ask for names, and those to port 0 only for a route. */
const CONNECTION = /connect\(.*sin6?_port=htons\((?!53\)|0\))\d+\).*/g;

/** E4: the command fetches files by their addresses where it is told to; the server never does. */
export const FETCHING: Check[] = [
  {
    id: 'E4',
    threat: 'addresses that have us ask our own network',
    run: (_, effort) =>
      inFolder(async (folder) => {
        if (!isInstalled('strace')) throw new NotRun('strace is not installed');
        const log = join(folder, 'strace.txt');
        const traced = (...args: string[]): Promise<string> =>
          new Promise((done) => {
            const trace = ['-f', '-e', 'trace=connect', '-o', log, process.execPath, ...args];
            execFile('strace', trace, (_, _out, said) => done(said));
          });
        const connections = (): string[] => readFileSync(log, 'utf8').match(CONNECTION) ?? [];
        const said = await traced('-e', 'net.connect(9, "127.0.0.1").on("error", () => {})');
        if (!existsSync(log)) throw new NotRun(`strace may not trace here: ${said}`);
        assert.equal(connections().length, 1, 'a connection is not seen');
        const tried = effort === 'short' ? FORBIDDEN.slice(0, 4) : FORBIDDEN;
        for (const address of tried) {
          const said = await traced(MAIN, 'import', address, '--into', `file:${join(folder, 'a.sqlite')}`);
          assert.match(said, /^dateline: .*may not be fetched/m, address);
          assert.deepEqual(connections(), [], address);
        }
        return {
          seen: `${tried.length} addresses refused in a sentence, and nothing connected to`,
          inputs: tried.length,
        };
      }),
  },
];
