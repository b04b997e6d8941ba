import type { FastifyInstance } from 'fastify';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { buildApp } from '../server/app.ts';
import { readSoundPackage } from '../server/import/data-package.ts';
import { SqliteStore } from '../server/store/sqlite.ts';
import type { Store } from '../server/store/store.ts';

export const BUILT_IN = resolve(import.meta.dirname, '../data');

/** An answer to a query: its status, and its body as it came. */
export interface Answer {
  status: number;
  // oxlint-disable-next-line typescript/no-explicit-any
  data: any;
  errors?: { message: string; path?: (string | number)[]; extensions: { code: string; id?: string } }[];
  text: string;
}

/** A server of the built-in atlas from a real file, without a port, for the tests of one test file. */
export class TestServer {
  store!: SqliteStore;
  app!: FastifyInstance;
  /** The same, with everything compiled that can be. */
  compiled!: FastifyInstance;
  readonly #folder = mkdtempSync(join(tmpdir(), 'dateline-'));

  constructor() {
    beforeAll(async () => {
      this.store = new SqliteStore(join(this.#folder, 'atlas.sqlite'));
      await this.store.replace(await readSoundPackage(BUILT_IN));
      this.app = await buildApp(this.store, { tiles: null }, 'never');
      this.compiled = await buildApp(this.store, { tiles: null }, 'always');
    });
    afterAll(async () => {
      await this.app.close();
      await this.compiled.close();
      await this.store.close();
      rmSync(this.#folder, { recursive: true });
    });
  }

  /**
   * Asks by POST, as clients do. Compiled execution is asked the same and must give the same, byte for byte; an app that
   * is given is asked alone.
   */
  async ask(query: string, variables: object = {}, app?: FastifyInstance): Promise<Answer> {
    const payload = { query, variables };
    const { statusCode, body } = await (app ?? this.app).inject({ method: 'POST', url: '/graphql', payload });
    if (app === undefined) {
      const other = await this.compiled.inject({ method: 'POST', url: '/graphql', payload });
      // oxlint-disable-next-line vitest/no-standalone-expect
      expect([other.statusCode, withoutIds(other.body)]).toEqual([statusCode, withoutIds(body)]);
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
      return async (...values: unknown[]) => {
        before(String(name));
        return Reflect.apply(method, target, values);
      };
    },
  });
