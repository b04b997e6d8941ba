import type { FastifyInstance } from 'fastify';
import { onTestFinished } from 'vitest';
import { buildApp } from '../server/app.ts';
import { Desk } from '../server/desk/desk.ts';
import { DESK_ROLES, type DeskRole } from '../server/desk/token.ts';
import { readSoundPackage } from '../server/import/data-package.ts';
import type { StoreLocation } from '../server/store/store.ts';
import { BUILT_IN, type Answer } from './server.ts';
import { newLocation, opened, type StoreKind } from './stores.ts';

const SOURCE = 'financial-tribune-2016-10-13';
export const CLAIM = { aspect: 'TIME', statement: 'They met on Tuesday.', source: SOURCE };
/** An event that the built-in atlas does not have. */
export const EVENT = {
  ...{
    id: 'talks-in-bern',
    title: 'Talks in Bern',
    category: 'meeting',
    when: '2016-10-18',
    claims: [CLAIM],
  },
  placements: [{ place: 'lausanne', role: 'VENUE' }],
};

/** A server of the built-in atlas, and who may write to it. */
export interface Office {
  app: FastifyInstance;
  tokens: Record<DeskRole, string>;
  desk: Desk;
  /** Asks with somebody's token, or as the public. */
  as(who: DeskRole | null, query: string, variables?: object): Promise<Answer>;
}

/** A server of the built-in atlas on a store of a kind, until the test ends. */
export async function office(kind: StoreKind, where: Partial<StoreLocation> = {}): Promise<Office> {
  const location = { ...(await newLocation(kind)), ...where };
  const store = await opened(location);
  await store.replace(await readSoundPackage(BUILT_IN));
  const app = await buildApp(store, { tiles: null });
  onTestFinished(() => app.close());
  const desk = new Desk(store);
  const tokens = {} as Record<DeskRole, string>;
  for (const role of DESK_ROLES)
    tokens[role] = (
      await desk.createToken({ name: role, role, createdAt: '2026-11-01T00:00:00Z', expiresAt: null })
    ).text;
  return {
    ...{ app, tokens, desk },
    as: async (who, query, variables = {}) => {
      const headers = who === null ? {} : { authorization: `Bearer ${tokens[who]}` };
      const { statusCode, body } = await app.inject({
        ...{ method: 'POST', url: '/graphql', headers, payload: { query, variables } },
      });
      return { status: statusCode, text: body, ...JSON.parse(body) };
    },
  };
}

/** What an answer that is a refusal is told by. */
export const codeOf = ({ status, errors }: Answer): unknown => [status, errors?.[0]?.extensions.code];
