import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { NotRun, type Check } from './check.ts';

const HOME = resolve(import.meta.dirname, '../..');

/** What `npm audit --json` says: how many packages have known faults and which they are, or that it could not ask. */
interface Audit {
  vulnerabilities?: Record<string, { severity: string; range: string }>;
  metadata?: { dependencies: { total: number } };
  statusCode?: number;
  message?: string;
  error?: { summary?: string };
}

/** I: what comes with us. */
export const DEPENDENCIES: Check[] = [
  {
    id: 'I1',
    threat: 'dependencies whose faults are known',
    run: async () => {
      const { vulnerabilities, metadata, ...refused } = await audit();
      if (!vulnerabilities || !metadata) throw new NotRun(`the registry answered no audit: ${why(refused)}`);
      const grave = Object.entries(vulnerabilities).filter(([, { severity }]) =>
        ['high', 'critical'].includes(severity),
      );
      assert.deepEqual(
        grave.map(([name, { severity, range }]) => `${name} ${range}: ${severity}`),
        [],
      );
      const lesser = Object.keys(vulnerabilities).length;
      return `${metadata.dependencies.total} packages, none with a grave fault, ${lesser} with a lesser one`;
    },
  },
];

/** Of all packages of the lock file. It ends with 1 when it has found any, and also when it could not ask. */
const audit = (): Promise<Audit> =>
  new Promise((done) => {
    execFile('npm', ['audit', '--json'], { cwd: HOME, maxBuffer: 2 ** 26 }, (error, stdout) => {
      try {
        done(JSON.parse(stdout) as Audit);
      } catch {
        done({ message: error?.message ?? 'npm said nothing' });
      }
    });
  });

/** In a few words, without the address that was asked. */
const why = ({ statusCode, message, error }: Audit): string =>
  (statusCode ? `status ${statusCode}` : (error?.summary ?? message ?? 'without a reason'))
    .replaceAll(/https?:\S+/g, '')
    .split('\n')[0]
    ?.slice(0, 100) ?? '';
