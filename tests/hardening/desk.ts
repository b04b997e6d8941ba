import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Desk } from '../../server/desk/desk.ts';
import { DESK_ROLES, type DeskRole } from '../../server/desk/token.ts';
import { EXPORT_FORMATS } from '../../server/export/formats.ts';
import { SqliteStore } from '../../server/store/sqlite.ts';
import type { Check } from './check.ts';
import { POST, Target, type Got } from './target.ts';

const HOME = resolve(import.meta.dirname, '../..');

/** Who asks: by no token, by one that does not hold, or by one of a role. */
type Asker = 'nobody' | 'somebody else' | 'expired' | 'revoked' | DeskRole;

/** What needs a token: how it is asked, and the least role that may. A field that is not here fails D1. */
const GUARDED: Record<string, { query: string; needed: DeskRole }> = {
  'Query.drafts': { query: '{ drafts { event { id } } }', needed: 'READER' },
  'Mutation.createEvent': {
    query:
      'mutation { createEvent(event: { id: "x", title: "x", category: "none", claims: [] }) { isDraft } }',
    needed: 'EDITOR',
  },
  'Mutation.updateEvent': {
    query: 'mutation { updateEvent(id: "none", basedOn: "x", event: { title: "x" }) { isDraft } }',
    needed: 'EDITOR',
  },
  'Mutation.retractEvent': {
    query: 'mutation { retractEvent(id: "none", basedOn: "x", reason: "x") { isDraft } }',
    needed: 'EDITOR',
  },
  'Mutation.addClaim': {
    query:
      'mutation { addClaim(event: "none", claim: { aspect: TIME, statement: "x", source: "none" }) { isDraft } }',
    needed: 'EDITOR',
  },
  'Mutation.publishEvent': {
    query: 'mutation { publishEvent(id: "none", basedOn: "x") { isDraft } }',
    needed: 'EDITOR',
  },
  'Mutation.importEvents': {
    query: 'mutation { importEvents(text: "x", dataset: "x") { rows } }',
    needed: 'OWNER',
  },
};

/** What is everybody's, of subscriptions: they tell what is public, to whomever it is. */
const PUBLIC = ['Subscription.atlasVersion', 'Subscription.changes'];

/** Words that are in drafts alone. */
const SECRET = /clandestine|secret/i;

/** A server with tokens, whose askers each come from an address of their own: failures of one hold up nobody else. */
class Office {
  readonly server: Target;
  readonly tokens: Record<Asker, string | null>;
  #askers = 0;

  constructor(server: Target, tokens: Record<Asker, string | null>) {
    this.server = server;
    this.tokens = tokens;
  }

  /** Does something with an office, which ends with it. */
  static async with<T>(settings: Record<string, string>, work: (office: Office) => Promise<T>): Promise<T> {
    const server = await Target.start({ TRUST_PROXY: '127.0.0.1', ...settings });
    try {
      const store = new SqliteStore(join(server.folder, 'atlas.sqlite'));
      const desk = new Desk(store);
      const make = async (role: DeskRole, expiresAt: string | null = null): Promise<[string, string]> => {
        const { token, text } = await desk.createToken({
          ...{ name: role, role, createdAt: '2026-01-01T00:00:00Z', expiresAt },
        });
        return [text, token.id];
      };
      const [revoked, id] = await make('OWNER');
      await desk.revokeToken(id, '2026-01-02T00:00:00Z');
      const [expired] = await make('OWNER', '2026-01-02T00:00:00Z');
      const [reader, editor, owner] = await Promise.all(
        DESK_ROLES.map(async (role) => (await make(role))[0]),
      );
      await store.close();
      const altered = `${owner?.slice(0, -1)}${owner?.endsWith('A') ? 'B' : 'A'}`;
      return await work(
        new Office(server, {
          ...{ nobody: null, 'somebody else': altered, expired, revoked },
          ...{ READER: reader ?? '', EDITOR: editor ?? '', OWNER: owner ?? '' },
        }),
      );
    } finally {
      await server.stop('SIGKILL');
    }
  }

  headers(who: Asker): Record<string, string> {
    const at = this.#askers++;
    const token = this.tokens[who];
    return {
      'x-forwarded-for': `198.18.${at >> 8}.${at & 255}`,
      ...(token !== null && { authorization: `Bearer ${token}` }),
    };
  }

  ask(who: Asker, query: string, variables: object = {}): Promise<Got> {
    return this.server.ask(query, variables, { headers: { ...POST, ...this.headers(who) } });
  }
}

/** D: what is for those alone who have a token. */
export const DESK: Check[] = [
  {
    id: 'D1',
    threat: 'fields that lack a permission',
    run: (server) =>
      Office.with({}, async (office) => {
        const { data } = (
          await server.ask(
            '{ __schema { mutationType { fields { name } } subscriptionType { fields { name } } } }',
          )
        ).json;
        const { mutationType, subscriptionType } = data.__schema;
        const known = [...Object.keys(GUARDED).filter((name) => !name.startsWith('Query.')), ...PUBLIC];
        const there = [
          ...mutationType.fields.map(({ name }: { name: string }) => `Mutation.${name}`),
          ...subscriptionType.fields.map(({ name }: { name: string }) => `Subscription.${name}`),
        ];
        assert.deepEqual(there.sort(), known.sort(), 'a field has no row in the table of permissions');
        const before = await everything(office);
        let asked = 0;
        for (const [field, { query, needed }] of Object.entries(GUARDED)) {
          const lower = DESK_ROLES.slice(0, DESK_ROLES.indexOf(needed));
          for (const who of [
            ...(['nobody', 'somebody else', 'expired', 'revoked'] as const),
            ...DESK_ROLES,
          ]) {
            const { status, codes } = await office.ask(who, query);
            const expected = lower.includes(who as DeskRole)
              ? [403, 'FORBIDDEN']
              : DESK_ROLES.includes(who as DeskRole)
                ? null
                : [401, 'UNAUTHENTICATED'];
            if (expected) assert.deepEqual([status, codes[0]], expected, `${field} as ${who}`);
            else assert.ok(![401, 403].includes(status), `${field} as ${who}: ${status}`);
            asked++;
          }
          // No way round by GET, whoever asks.
          if (field.startsWith('Mutation.')) {
            const headers = { 'apollo-require-preflight': '1', ...office.headers('OWNER') };
            const got = await office.server.get(`/graphql?${new URLSearchParams({ query })}`, { headers });
            assert.equal(got.status, 405, `${field} by GET`);
            asked++;
          }
        }
        assert.deepEqual(await everything(office), before, 'something was written');
        return {
          seen: `${there.length + 1} fields, asked ${asked} times by 7 kinds of askers`,
          inputs: asked,
        };
      }),
  },
  {
    id: 'D2',
    threat: 'drafts that are seen by a way round',
    run: () =>
      Office.with({}, async (office) => {
        const before = await everything(office);
        const stream = await followed(office);
        const created = await office.ask('EDITOR', CREATE, { ...DRAFT, isDraft: true });
        assert.equal(created.json.errors, undefined, created.text);
        const { id, version } = created.json.data.createEvent.event;
        const change = { id, basedOn: version, event: { summary: 'More of what is secret' } };
        const changed = await office.ask('EDITOR', UPDATE, change);
        assert.equal(changed.json.errors, undefined, changed.text);
        const after = await everything(office);
        for (const [path, answer] of before)
          assert.equal(after.get(path), answer, `${path} tells of a draft`);
        const open = await office.ask('EDITOR', CREATE, { event: OPEN_EVENT });
        assert.equal(open.json.errors, undefined, open.text);
        const told = await stream.until(/open-talks/);
        assert.doesNotMatch(told, SECRET, 'the stream tells of a draft');
        const { data } = (await office.ask('READER', '{ drafts { event { id } } }')).json;
        assert.deepEqual(data.drafts, [{ event: { id: 'secret-talks' } }]);
        return {
          seen: `${before.size} addresses and queries and a stream are the same with a draft and without, their tags too`,
          inputs: before.size,
        };
      }),
  },
  {
    id: 'D3',
    threat: 'tokens that are guessed',
    run: () =>
      Office.with({}, async (office) => {
        const real = office.tokens.OWNER ?? '';
        const [, id = ''] = real.split('_');
        const guesses = [
          ...['x', 'dateline__', real.slice(0, -1), `${real}A`, real.toUpperCase(), 'Bearer', '\u00e9'],
          `dateline_000000000000_${'A'.repeat(43)}`,
          `dateline_${id}_${'A'.repeat(43)}`,
        ];
        const texts = new Set<string>();
        for (const guess of guesses) {
          const got = await office.server.get('/settings.json', {
            headers: { ...office.headers('nobody'), authorization: `Bearer ${guess}` },
          });
          assert.equal(got.status, 401, guess);
          texts.add(`${got.text} ${got.headers.get('www-authenticate')}`);
        }
        assert.equal(texts.size, 1, 'what is said tells whether there is such a token');
        const from = { 'x-forwarded-for': '203.0.113.9' };
        const statuses: number[] = [];
        for (let at = 0; at < 1000; at++) {
          const secret = String(at).padStart(43, 'A');
          const headers = { ...from, authorization: `Bearer dateline_${id}_${secret}` };
          const got = await office.server.get('/settings.json', { headers });
          statuses.push(got.status);
          if (got.status === 429) assert.ok(Number(got.headers.get('retry-after')) > 0);
        }
        const listened = statuses.filter((status) => status === 401).length;
        // A minute may end within, and another begin.
        assert.ok(listened <= 40 && statuses.every((status) => [401, 429].includes(status)), `${listened}`);
        const late = { ...from, authorization: `Bearer ${real}` };
        assert.equal((await office.server.get('/settings.json', { headers: late })).status, 429);
        assert.equal((await office.server.get('/healthz', { headers: from })).status, 200);
        assert.ok((await office.ask('OWNER', '{ drafts { event { id } } }')).json.data, 'others are held up');
        const source = readFileSync(join(HOME, 'server/desk/token.ts'), 'utf8');
        assert.match(source, /timingSafeEqual\(/, 'hashes are compared in a time that tells of them');
        assert.doesNotMatch(source, /hash\w*(?:\([^)]*\))? [!=]==? /, 'hashes are compared as texts');
        const seen = `${listened} of 1,000 guesses were listened to, ${guesses.length} kinds of them told in the same words`;
        return { seen, inputs: statuses.length + guesses.length };
      }),
  },
  {
    id: 'D4',
    threat: 'tokens in addresses, and streams that outlive a token',
    run: () =>
      Office.with({ LOG_LEVEL: 'info' }, async (office) => {
        const { server, tokens } = office;
        const token = tokens.OWNER ?? '';
        const query = encodeURIComponent('{ drafts { event { id } } }');
        const names = ['token', 'access_token', 'authorization', 'Authorization', 'bearer', 'api_key'];
        for (const name of names) {
          const headers = { 'apollo-require-preflight': '1', ...office.headers('nobody') };
          const got = await server.get(`/graphql?query=${query}&${name}=${token}`, { headers });
          assert.deepEqual([got.status, got.codes[0]], [401, 'UNAUTHENTICATED'], name);
        }
        const cookie = { ...POST, ...office.headers('nobody'), cookie: `token=${token}; session=${token}` };
        assert.equal((await server.ask('{ drafts { event { id } } }', {}, { headers: cookie })).status, 401);
        assert.ok(!server.process.said().includes(token), 'a token in an address is logged');
        const stream = await followed(office, 'READER');
        const store = new SqliteStore(join(server.folder, 'atlas.sqlite'));
        const [, id = ''] = (tokens.READER ?? '').split('_');
        await new Desk(store).revokeToken(id, '2026-02-01T00:00:00Z');
        await store.close();
        await office.ask('EDITOR', CREATE, { ...DRAFT, isDraft: true });
        await office.ask('EDITOR', CREATE, { event: OPEN_EVENT });
        assert.doesNotMatch(await stream.until(/open-talks/), SECRET);
        const refused = await server.get(STREAM, {
          headers: { accept: 'text/event-stream', ...office.headers('READER') },
        });
        assert.equal(refused.status, 401);
        return {
          seen: `${names.length} parameters and cookies give no right and are not logged; a stream tells what is public`,
          inputs: names.length + 2,
        };
      }),
  },
  {
    id: 'D5',
    threat: 'wrong credentials that are taken for none',
    run: () =>
      Office.with({}, async (office) => {
        const paths = [
          ...['/', '/embed', '/graphiql', '/settings.json', '/oembed', '/healthz', '/readyz', '/nowhere'],
          ...['/graphql?query={atlas{id}}', '/ogc', '/ogc/collections/events/items', '/tiles.json'],
          ...['/tiles/0/0/0.mvt', STREAM, ...EXPORT_FORMATS.map(({ name }) => `/export/events.${name}`)],
        ];
        const wrong = ['somebody else', 'expired', 'revoked'] as const;
        let asked = 0;
        for (const path of paths)
          for (const headers of [
            ...wrong.map((who) => office.headers(who)),
            { ...office.headers('nobody'), authorization: 'Basic eDp5' },
            { ...office.headers('nobody'), authorization: 'Bearer ' },
          ]) {
            const accept = path === STREAM ? { accept: 'text/event-stream' } : {};
            const got = await office.server.get(path, {
              headers: { ...headers, ...accept, 'apollo-require-preflight': '1' },
            });
            assert.deepEqual([got.status, got.codes], [401, ['UNAUTHENTICATED']], path);
            assert.match(got.headers.get('www-authenticate') ?? '', /^Bearer .*invalid_token/, path);
            asked++;
          }
        return { seen: `${paths.length} addresses, refused ${asked} times by 401`, inputs: asked };
      }),
  },
  {
    id: 'D6',
    threat: 'tokens that are found in a log or in the database',
    run: () =>
      Office.with({ LOG_LEVEL: 'debug' }, async (office) => {
        const { server, tokens } = office;
        for (const who of ['READER', 'EDITOR', 'OWNER', 'expired', 'revoked', 'somebody else'] as const) {
          await office.ask(who, '{ drafts { event { id } } }');
          await office.ask(who, CREATE, { ...DRAFT, isDraft: true });
          await server.get('/nowhere', { headers: office.headers(who) });
          await server.get('/%zz', { headers: office.headers(who) });
        }
        const kept = readdirSync(server.folder).map((name) =>
          readFileSync(join(server.folder, name), 'latin1'),
        );
        for (const [who, token] of Object.entries(tokens)) {
          const secret = token?.split('_').slice(2).join('_');
          if (!secret) continue;
          assert.ok(!server.process.said().includes(secret), `the token of ${who} is in the log`);
          assert.ok(!kept.some((bytes) => bytes.includes(secret)), `the token of ${who} is in a file`);
        }
        assert.match(server.process.said(), /"route":"\/graphql"/);
        return `none in ${server.process.said().split('\n').length} lines of the log and ${kept.length} files`;
      }),
  },
];

const STREAM = `/graphql/stream?query=${encodeURIComponent('subscription { changes { version events { id title summary placements { place { name } } } } }')}`;

const CREATE = `mutation ($event: EventInput!, $named: NamedInput, $isDraft: Boolean) {
  createEvent(event: $event, named: $named, isDraft: $isDraft) { isDraft event { id version } }
}`;
const UPDATE = `mutation ($id: ID!, $basedOn: String!, $event: EventPatch!) {
  updateEvent(id: $id, basedOn: $basedOn, event: $event) { isDraft }
}`;

const OPEN_EVENT = {
  ...{ id: 'open-talks', title: 'Open talks', category: 'meeting', when: '2016-10-18' },
  claims: [{ aspect: 'TIME', statement: 'They met.', source: 'financial-tribune-2016-10-13' }],
  placements: [{ place: 'lausanne', role: 'VENUE' }],
};

const DRAFT = {
  event: {
    ...{ id: 'secret-talks', title: 'Clandestine talks', summary: 'Secret', category: 'meeting' },
    when: '2016-10-18',
    claims: [{ aspect: 'TIME', statement: 'They met in secret.', source: 'secret-wire' }],
    placements: [{ place: 'secret-villa', role: 'VENUE' }],
    relations: [{ related: 'lausanne-meeting-2016-10-15', kind: 'follows' }],
    participants: [{ actor: 'secret-envoy' }],
  },
  named: {
    places: [{ id: 'secret-villa', name: 'Clandestine villa', lng: 7.4, lat: 46.9, precision: 'EXACT' }],
    sources: [{ id: 'secret-wire', title: 'A secret wire' }],
    actors: [{ id: 'secret-envoy', name: 'Clandestine envoy', kind: 'PERSON' }],
  },
};

const BOX = 'west: 5, south: 45, east: 11, north: 48, zoom: 6';

/** Ways in which an event can show: in lists, counts, searches, relations, marks, and by the ids of all that comes with it. */
const QUERIES = [
  '{ event(id: "secret-talks") { id } node(id: "secret-talks") { id } place(id: "secret-villa") { id } source(id: "secret-wire") { id } actor(id: "secret-envoy") { id } }',
  '{ atlas { version eventCount sourceCount during { from to } } }',
  '{ events(filter: { text: "clandestine" }) { totalCount nodes { id title } } }',
  '{ events(first: 100) { totalCount nodes { id title } } }',
  '{ events(last: 100, filter: { bbox: [7, 46, 8, 47] }) { totalCount nodes { id } } }',
  '{ events(filter: { during: { from: "2016-10-18", to: "2016-10-19" } }) { totalCount nodes { id } } }',
  '{ event(id: "lausanne-meeting-2016-10-15") { related { id title } relations { kind event { id } } } }',
  '{ facets { total places(first: 500) { count place { id } } sources { count source { id } } actors(first: 500) { count actor { id } } categories { count } statuses { count } } }',
  '{ places(first: 500) { totalCount nodes { id name } } }',
  '{ actors(first: 500) { totalCount nodes { id name } } }',
  '{ sources(first: 500) { totalCount nodes { id title } } }',
  '{ timeline(bins: 100) { bins { from count } undated } }',
  '{ suggest(text: "clandestine", first: 50) { name } }',
  `{ clusters(viewport: { ${BOX} }) { count eventCount } }`,
];

const PATHS = [
  ...EXPORT_FORMATS.map(({ name }) => `/export/events.${name}`),
  ...['geojson', 'csv', 'ndjson'].map((name) => `/export/events.${name}?q=clandestine`),
  ...['/ogc', '/ogc/collections', '/ogc/collections/events', '/ogc/collections/events/items?limit=1000'],
  ...['/ogc/collections/events/items/secret-talks', '/ogc/collections/events/items?q=clandestine'],
  ...['/tiles.json', '/tiles/0/0/0.mvt', '/tiles/6/33/22.mvt', '/tiles/10/533/360.mvt'],
  ...[
    '/?event=secret-talks',
    '/embed?event=secret-talks',
    '/oembed?url=http%3A%2F%2Fx%2F%3Fevent%3Dsecret-talks',
  ],
];

/** All that a stranger is sent, with its status and its tag, by what was asked for. */
async function everything(office: Office): Promise<Map<string, string>> {
  const answers = new Map<string, string>();
  const keep = (name: string, { status, headers, text }: Got): void =>
    void answers.set(name, `${status} ${headers.get('etag')} ${withoutTimes(text)}`);
  for (const query of QUERIES) {
    const got = await office.ask('nobody', query);
    assert.equal(got.status, 200, `${query}: ${got.text.slice(0, 300)}`);
    keep(query, got);
    const headers = { 'apollo-require-preflight': '1', ...office.headers('nobody') };
    keep(`GET ${query}`, await office.server.get(`/graphql?${new URLSearchParams({ query })}`, { headers }));
  }
  for (const path of PATHS) keep(path, await office.server.get(path, { headers: office.headers('nobody') }));
  return answers;
}

/** Some formats say when they were made. */
const withoutTimes = (text: string): string =>
  text.replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z?|\d{8}T\d{6}Z/g, 'then');

/** A stream of changes that has begun, and what it told until something was in it. */
async function followed(
  office: Office,
  who: Asker = 'nobody',
): Promise<{ until: (what: RegExp) => Promise<string> }> {
  const response = await fetch(office.server.url + STREAM, {
    headers: { accept: 'text/event-stream', ...office.headers(who) },
    signal: AbortSignal.timeout(20_000),
  });
  assert.equal(response.status, 200);
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  assert.ok(reader);
  let told = '';
  return {
    until: async (what) => {
      while (!what.test(told)) {
        const { value, done } = await reader.read();
        assert.ok(!done, 'the stream ended');
        told += value;
      }
      await reader.cancel();
      return told;
    },
  };
}
