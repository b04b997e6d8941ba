import type { FastifyInstance } from 'fastify';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, vi } from 'vitest';
import { buildApp } from '../server/app.ts';
import { readSoundPackage } from '../server/import/data-package.ts';
import { openStore } from '../server/store/open-store.ts';
import { SqliteStore } from '../server/store/sqlite.ts';
import type { Store } from '../server/store/store.ts';
import { HAS_POSTGRESQL, newDatabase, NOT_TESTED } from './postgresql.ts';
import { at } from './stores.ts';

export const BUILT_IN = resolve(import.meta.dirname, '../data');

/** An answer to a query: its status, and its body as it came. */
export interface Answer {
  status: number;
  // oxlint-disable-next-line typescript/no-explicit-any
  data: any;
  errors?: { message: string; path?: (string | number)[]; extensions: { code: string; id?: string } }[];
  text: string;
}

/** Puts the built-in atlas into a store, at a time that is the same for each. */
async function fill(store: Store): Promise<void> {
  const atlas = await readSoundPackage(BUILT_IN);
  vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2017, 2, 3) });
  try {
    await store.replace(atlas);
  } finally {
    vi.useRealTimers();
  }
}

/** A server of the built-in atlas, without a port, for the tests of one test file. */
export class TestServer {
  store!: SqliteStore;
  app!: FastifyInstance;
  /** The same, with everything compiled that can be. */
  compiled!: FastifyInstance;
  /** The same atlas from PostgreSQL, once it is asked; null where that cannot be tested. */
  #postgresql: Promise<FastifyInstance | null> | undefined;
  /** Ends what is on PostgreSQL. */
  #end = async (): Promise<void> => {};
  readonly #folder = mkdtempSync(join(tmpdir(), 'dateline-'));

  constructor() {
    beforeAll(async () => {
      this.store = new SqliteStore(join(this.#folder, 'atlas.sqlite'));
      await fill(this.store);
      this.app = await buildApp(this.store, { tiles: null }, 'never');
      this.compiled = await buildApp(this.store, { tiles: null }, 'always');
    });
    afterAll(async () => {
      await this.app.close();
      await this.compiled.close();
      await this.store.close();
      await this.#end();
      rmSync(this.#folder, { recursive: true });
    });
  }

  async #startOnPostgresql(): Promise<FastifyInstance | null> {
    if (!HAS_POSTGRESQL) {
      console.warn(NOT_TESTED);
      return null;
    }
    const { url, drop } = await newDatabase();
    const store = await openStore(at(url));
    await fill(store);
    const app = await buildApp(store, { tiles: null }, 'hot');
    this.#end = async () => {
      await app.close();
      await store.close();
      await drop();
    };
    return app;
  }

  /**
   * Asks by POST, as clients do. Compiled execution and PostgreSQL are asked the same and must give the same, byte for byte;
   * an app that is given is asked alone.
   */
  async ask(query: string, variables: object = {}, app?: FastifyInstance): Promise<Answer> {
    const payload = { query, variables };
    const { statusCode, body } = await (app ?? this.app).inject({ method: 'POST', url: '/graphql', payload });
    if (app === undefined) {
      const compiled = await this.compiled.inject({ method: 'POST', url: '/graphql', payload });
      // oxlint-disable-next-line vitest/no-standalone-expect
      expect([compiled.statusCode, withoutIds(compiled.body)]).toEqual([statusCode, withoutIds(body)]);
      const postgresql = await (this.#postgresql ??= this.#startOnPostgresql());
      const shared = await postgresql?.inject({ method: 'POST', url: '/graphql', payload });
      // oxlint-disable-next-line vitest/no-standalone-expect
      if (shared) expect([shared.statusCode, told(shared.body)]).toEqual([statusCode, told(body)]);
    }
    return { status: statusCode, text: body, ...JSON.parse(body) };
  }

  /** The data of a query that must succeed. */
  async data(query: string, variables: object = {}): Promise<Answer['data']> {
    const { data, errors, status } = await this.ask(query, variables);
    if (errors !== undefined || status !== 200)
      throw new Error(`status ${status}: ${JSON.stringify(errors)}`);
    return data;
  }
}

/** Each fault of ours is logged under an id of its own. */
const withoutIds = (body: string): string =>
  body.replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'ID');

/** A store that does something else before each of its methods; where that throws, the method rejects. */
export const watched = (store: Store, before: (method: string) => void): Store =>
  new Proxy(store, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== 'function') return method;
      // That gives no promise.
      if (name === 'watch') return method.bind(target);
      return async (...values: unknown[]) => {
        before(String(name));
        return Reflect.apply(method, target, values);
      };
    },
  });

/** Of several faults of a query without any data, the one that is found first is told, which another store may find later. */
function told(body: string): string {
  const { data, errors } = JSON.parse(body) as Pick<Answer, 'data' | 'errors'>;
  const codes = errors?.map(({ extensions }) => extensions.code);
  return data === null ? JSON.stringify(codes) : withoutIds(body);
}
