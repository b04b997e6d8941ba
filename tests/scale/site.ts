import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Desk } from '../../server/desk/desk.ts';
import { openStore } from '../../server/store/open-store.ts';
import { generateAtlas } from '../bench/generated-atlas.ts';
import { freePort, networkTo, type Network } from '../network.ts';
import { startNginx } from '../nginx.ts';
import { administer, startCluster, startStandby, stopServer, type Cluster } from '../postgresql-cluster.ts';
import { ServerProcess } from '../server-process.ts';

/** What is written is on both machines before it is told to be: then nothing is lost with one of them. */
const SAFE = { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' };

/** A server of the atlas, which keeps its port when it is started again. */
interface Member {
  port: number;
  process: ServerProcess;
}

interface Parts {
  folder: string;
  primary: Cluster;
  standby: Cluster;
  toPrimary: Network;
  toStandby: Network;
  settings: Record<string, string>;
  members: Member[];
  nginx: Awaited<ReturnType<typeof startNginx>>;
  token: string;
}

/**
 * A site as docs/deploy.md has it, of real processes on this machine: PostgreSQL with a hot standby, each reached over a
 * network that can be cut, and servers of the atlas behind nginx.
 */
export class Site {
  /** A token that may write. */
  readonly token: string;
  /** The address that everybody uses. */
  readonly url: string;
  readonly members: Member[];
  /** The address of the database, for imports. */
  readonly databaseUrl: string;
  /** For files, till it is closed. */
  readonly folder: string;
  readonly #parts: Parts;

  private constructor(parts: Parts) {
    this.#parts = parts;
    ({ token: this.token, members: this.members, folder: this.folder } = parts);
    this.url = parts.nginx.url;
    this.databaseUrl = parts.settings['DATABASE_URL'] as string;
  }

  /** Sets everything up, with an atlas of so many events. */
  static async open(events: number, servers: number): Promise<Site> {
    const folder = mkdtempSync(join(tmpdir(), 'dateline-scale-'));
    const primary = await startCluster(join(folder, 'primary'), false, SAFE);
    const store = await openStore({ url: primary.url, readUrl: null, listenUrl: null, connections: 10 });
    await store.replace(generateAtlas(events));
    const owner = {
      name: 'scale',
      role: 'OWNER',
      createdAt: '2026-01-01T00:00:00Z',
      expiresAt: null,
    } as const;
    const { text: token } = await new Desk(store).createToken(owner);
    await store.close();
    const standby = await startStandby(primary, SAFE);
    await administer(primary.url, "ALTER SYSTEM SET synchronous_standby_names = '*'");
    await administer(primary.url, 'SELECT pg_reload_conf()');
    const [toPrimary, toStandby] = [await networkTo(primary.port), await networkTo(standby.port)];
    const through = ({ url, port }: Cluster, network: Network): string =>
      url.replace(String(port), String(network.port));
    const settings = {
      DATABASE_URL: through(primary, toPrimary),
      DATABASE_READ_URL: through(standby, toStandby),
      ATLAS: '',
      TRUST_PROXY: '127.0.0.1',
      REQUESTS_PER_MINUTE: '0',
      STREAMS_PER_ADDRESS: '5000',
    };
    const members = await Promise.all(
      Array.from({ length: servers }, async () => {
        const port = await freePort();
        return { port, process: await startMember(settings, port) };
      }),
    );
    const nginx = await startNginx(members.map(addressOf), folder);
    return new Site({ folder, primary, standby, toPrimary, toStandby, settings, members, nginx, token });
  }

  /** Ends a server as a crash does, and starts it again on its port. */
  async crash(member: Member): Promise<void> {
    await member.process.stop('SIGKILL');
    member.process = await startMember(this.#parts.settings, member.port);
  }

  /** Cuts the servers of the atlas off the database, both machines of it, or joins them again. */
  cutDatabase(isCut: boolean): void {
    for (const network of [this.#parts.toPrimary, this.#parts.toStandby])
      if (isCut) network.cut();
      else network.mend();
  }

  /** The primary is gone at once; the standby takes its place, and its address. */
  async failOver(): Promise<void> {
    const { primary, standby, toPrimary } = this.#parts;
    await stopServer(primary, 'SIGKILL');
    await administer(standby.url, 'SELECT pg_promote()');
    toPrimary.leadTo(standby.port);
  }

  async close(): Promise<void> {
    const { folder, primary, standby, toPrimary, toStandby, members, nginx } = this.#parts;
    await nginx.stop();
    for (const { process } of members) await process.stop('SIGKILL');
    for (const network of [toPrimary, toStandby]) network.end();
    for (const cluster of [standby, primary]) await stopServer(cluster);
    rmSync(folder, { recursive: true, force: true });
  }
}

export const addressOf = ({ port }: Pick<Member, 'port'>): string => `http://127.0.0.1:${port}`;

async function startMember(settings: Record<string, string>, port: number): Promise<ServerProcess> {
  const member = new ServerProcess({ ...settings, PORT: String(port) });
  // What is left when the proof itself fails is of no use.
  process.once('exit', () => member.child.kill('SIGKILL'));
  await member.address();
  return member;
}
