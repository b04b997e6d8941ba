import { describe, expect, test } from 'vitest';
import { Desk } from '../server/desk/desk.ts';
import { tokenCommand } from '../server/desk/token-command.ts';
import { DESK_ROLES, type DeskRole } from '../server/desk/token.ts';
import { CLAIM, codeOf, EVENT, office } from './office.ts';
import { newLocation, opened, testedStores } from './stores.ts';

const NOW = Date.now();
const CREATE = `mutation ($event: EventInput!, $named: NamedInput, $isDraft: Boolean, $reason: String, $key: String) {
  createEvent(event: $event, named: $named, isDraft: $isDraft, reason: $reason, key: $key) {
    isDraft event { id version title when { label } placements { place { name } } claims { id statement source { id } } }
  }
}`;
const UPDATE = `mutation ($id: ID!, $basedOn: String!, $event: EventPatch!, $key: String) {
  updateEvent(id: $id, basedOn: $basedOn, event: $event, key: $key) { isDraft event { id version title summary status } }
}`;
const ADD_CLAIM = `mutation ($event: ID!, $claim: ClaimInput!) {
  addClaim(event: $event, claim: $claim) { event { version corroboration claims { id statement } } }
}`;

describe.each(testedStores())('on %s', (kind) => {
  test('an event that is created is in every answer at once, with its reason and place', async () => {
    const { as } = await office(kind);
    const created = await as('EDITOR', CREATE, { event: EVENT, reason: 'a second source' });
    expect(created.errors).toBeUndefined();
    expect(created.data.createEvent).toMatchObject({
      isDraft: false,
      event: {
        title: 'Talks in Bern',
        when: { label: '18 October 2016' },
        claims: [{ id: 'talks-in-bern-claim-1' }],
      },
    });
    const { data } = await as(
      null,
      '{ atlas { eventCount } events(filter: { text: "bern" }) { nodes { id } } }',
    );
    expect(data).toEqual({ atlas: { eventCount: 60 }, events: { nodes: [{ id: 'talks-in-bern' }] } });
    expect(codeOf(await as('EDITOR', CREATE, { event: EVENT }))).toEqual([409, 'CONFLICT']);
  });

  test('nobody writes without a token, nor beyond what a role may', async () => {
    const { as } = await office(kind);
    const drafts = '{ drafts { event { id } } }';
    const imports = 'mutation { importEvents(text: "x", dataset: "d") { rows } }';
    const retract = 'mutation { retractEvent(id: "x", basedOn: "y", reason: "z") { isDraft } }';
    const publish = 'mutation { publishEvent(id: "x", basedOn: "y") { isDraft } }';
    const matrix: [string, object, DeskRole][] = [
      ...[
        [drafts, {}, 'READER'] as [string, object, DeskRole],
        [imports, {}, 'OWNER'] as [string, object, DeskRole],
      ],
      [CREATE, { event: EVENT }, 'EDITOR'],
      [UPDATE, { id: 'x', basedOn: 'y', event: {} }, 'EDITOR'],
      [ADD_CLAIM, { event: 'x', claim: CLAIM }, 'EDITOR'],
      ...[retract, publish].map((query): [string, object, DeskRole] => [query, {}, 'EDITOR']),
    ];
    for (const [query, variables, needed] of matrix) {
      expect(codeOf(await as(null, query, variables)), query).toEqual([401, 'UNAUTHENTICATED']);
      for (const role of DESK_ROLES.slice(0, DESK_ROLES.indexOf(needed)))
        expect(codeOf(await as(role, query, variables)), query).toEqual([403, 'FORBIDDEN']);
      expect([401, 403]).not.toContain((await as(needed, query, variables)).status);
    }
    const { data } = await as(null, '{ __schema { mutationType { fields { name } } } }');
    expect(data.__schema.mutationType.fields).toHaveLength(matrix.length - 1);
  });

  test('a token that does not hold is refused whatever is asked, and too many of them are not listened to', async () => {
    const { app, desk, tokens } = await office(kind);
    const get = (authorization: string, url = '/graphql?query={atlas{id}}') =>
      app.inject({ url, headers: { authorization, 'apollo-require-preflight': 'yes' } });
    expect((await get(`Bearer ${tokens.READER}`)).statusCode).toBe(200);
    const id = String((await desk.tokens()).find(({ role }) => role === 'READER')?.id);
    await desk.revokeToken(id, new Date(NOW).toISOString());
    const over = await desk.createToken({
      ...{
        name: 'over',
        role: 'OWNER',
        createdAt: '2026-01-01T00:00:00Z',
        expiresAt: '2026-01-02T00:00:00Z',
      },
    });
    const altered = tokens.EDITOR.slice(0, -1) + (tokens.EDITOR.endsWith('A') ? 'B' : 'A');
    for (const bad of [
      `Bearer ${tokens.READER}`,
      `Bearer ${over.text}`,
      `Bearer ${altered}`,
      'Basic eDp5',
      'Bearer ',
    ]) {
      const { statusCode, headers, json } = await get(bad);
      expect([statusCode, json().errors[0].extensions.code]).toEqual([401, 'UNAUTHENTICATED']);
      expect(headers['www-authenticate']).toContain('invalid_token');
    }
    for (let tries = 0; tries < 20; tries++) await get('Bearer guess', '/healthz');
    const late = await get(`Bearer ${tokens.EDITOR}`);
    expect([late.statusCode, Number(late.headers['retry-after']) > 0]).toEqual([429, true]);
    expect((await app.inject({ url: '/healthz' })).statusCode).toBe(200);
  });

  test('what is answered to a token is kept by nobody', async () => {
    const { app, tokens } = await office(kind);
    const ask = (headers: Record<string, string>) =>
      app.inject({
        url: '/graphql?query={atlas{id}}',
        headers: { 'apollo-require-preflight': 'yes', ...headers },
      });
    expect((await ask({})).headers['cache-control']).toContain('public');
    const { headers } = await ask({ authorization: `Bearer ${tokens.READER}` });
    expect([headers['cache-control'], headers.etag]).toEqual(['private, no-store', undefined]);
    expect(headers.vary).toContain('authorization');
  });

  test('a draft and what comes with it are seen by nobody without a token, in any way in', async () => {
    const { app, as } = await office(kind);
    const named = {
      ...{ places: [{ id: 'secret-villa', name: 'Villa', lng: 7.4, lat: 46.9, precision: 'EXACT' }] },
      sources: [{ id: 'secret-wire', title: 'A wire' }],
    };
    const event = {
      ...{
        ...EVENT,
        id: 'secret-talks',
        title: 'Clandestine talks',
        claims: [{ ...CLAIM, source: 'secret-wire' }],
      },
      placements: [{ place: 'secret-villa', role: 'VENUE' }],
    };
    const everything = `{
      event(id: "secret-talks") { id } node(id: "secret-talks") { id } place(id: "secret-villa") { id } source(id: "secret-wire") { id }
      atlas { version eventCount sourceCount } events(filter: { text: "clandestine" }) { totalCount }
      changes(last: 5) { totalCount nodes { eventId title reason } }
      facets { total places { place { id } } sources { source { id } } } places { totalCount }
      timeline(bins: 10) { bins { count } undated } suggest(text: "clandestine") { name }
      clusters(viewport: { west: 5, south: 45, east: 11, north: 48, zoom: 6 }) { count eventCount }
    }`;
    const exported = async (): Promise<unknown> => (await app.inject({ url: '/export/events.ndjson' })).body;
    const seen = async (): Promise<unknown> => [(await as(null, everything)).text, await exported()];
    const before = await seen();
    const created = await as('EDITOR', CREATE, { event, named, isDraft: true });
    expect(created.data.createEvent).toMatchObject({
      isDraft: true,
      event: { placements: [{ place: { name: 'Villa' } }] },
    });
    expect(await seen()).toEqual(before);
    const { data } = await as(
      'READER',
      '{ drafts { event { id title placements { place { name } } sources { title } } } }',
    );
    expect(data.drafts).toEqual([
      {
        event: {
          id: 'secret-talks',
          title: 'Clandestine talks',
          placements: [{ place: { name: 'Villa' } }],
          sources: [{ title: 'A wire' }],
        },
      },
    ]);
    const { id, version: basedOn } = created.data.createEvent.event;
    const changed = await as('EDITOR', UPDATE, { id, basedOn, event: { title: 'Secret talks' } });
    expect(changed.data.updateEvent).toMatchObject({ isDraft: true, event: { title: 'Secret talks' } });
    expect(await seen()).toEqual(before);
    const publish =
      'mutation ($id: ID!, $basedOn: String!) { publishEvent(id: $id, basedOn: $basedOn) { isDraft event { title } } }';
    expect(codeOf(await as('EDITOR', publish, { id, basedOn }))).toEqual([409, 'CONFLICT']);
    const published = await as('EDITOR', publish, { id, basedOn: changed.data.updateEvent.event.version });
    expect(published.data.publishEvent).toEqual({ isDraft: false, event: { title: 'Secret talks' } });
    expect((await as(null, everything)).data).toMatchObject({
      ...{
        event: { id: 'secret-talks' },
        place: { id: 'secret-villa' },
        atlas: { eventCount: 60, sourceCount: 6 },
      },
    });
    expect((await as('READER', '{ drafts { event { id } } }')).data.drafts).toEqual([]);
  });

  test('a change of an old version is refused with both, and one of the newest leaves alone what it does not name', async () => {
    const { as } = await office(kind);
    const read = '{ event(id: "lausanne-meeting-2016-10-15") { version title summary } }';
    const { event } = (await as(null, read)).data;
    const change = (basedOn: string, patch: object) =>
      as('EDITOR', UPDATE, { id: 'lausanne-meeting-2016-10-15', basedOn, event: patch });
    const first = await change(event.version, { title: 'Lausanne talks' });
    expect(first.data.updateEvent.event).toMatchObject({
      title: 'Lausanne talks',
      summary: event.summary,
      status: 'PLANNED',
    });
    const second = await change(event.version, { status: 'OCCURRED' });
    expect(codeOf(second)).toEqual([409, 'CONFLICT']);
    expect(second.errors?.[0]?.extensions).toMatchObject({
      ...{
        basedOn: event.version,
        version: first.data.updateEvent.event.version,
        event: { title: 'Lausanne talks' },
      },
    });
    const retract = `mutation ($basedOn: String!) {
      retractEvent(id: "lausanne-meeting-2016-10-15", basedOn: $basedOn, reason: "the wire withdrew it") { event { status } }
    }`;
    const retracted = await as('EDITOR', retract, { basedOn: first.data.updateEvent.event.version });
    expect(retracted.data.retractEvent.event.status).toBe('RETRACTED');
  });

  test('claims that are added at one moment are all there, each with an id of its own', async () => {
    const { as } = await office(kind);
    await as('EDITOR', CREATE, { event: EVENT });
    const said = ['one', 'two', 'three'].map((statement) => ({ ...CLAIM, statement }));
    const answers = await Promise.all(
      said.map((claim) => as('EDITOR', ADD_CLAIM, { event: EVENT.id, claim })),
    );
    for (const { errors } of answers) expect(errors).toBeUndefined();
    const { data } = await as(null, `{ event(id: "${EVENT.id}") { claims { id statement } } }`);
    const { claims } = data.event as { claims: { id: string; statement: string }[] };
    expect(claims.map(({ statement }) => statement).sort()).toEqual([
      'They met on Tuesday.',
      'one',
      'three',
      'two',
    ]);
    expect(new Set(claims.map(({ id }) => id)).size).toBe(4);
  });

  test('the same write under the same key is made once, and another under it is refused', async () => {
    const { as } = await office(kind);
    const [first, again] = await Promise.all(
      [1, 2].map(() => as('EDITOR', CREATE, { event: EVENT, key: 'k1' })),
    );
    expect([first?.errors, again?.text]).toEqual([undefined, first?.text]);
    expect((await as(null, '{ atlas { eventCount } }')).data.atlas.eventCount).toBe(60);
    const other = { ...EVENT, id: 'other-talks' };
    expect(codeOf(await as('EDITOR', CREATE, { event: other, key: 'k1' }))).toEqual([409, 'KEY_TAKEN']);
    expect((await as('OWNER', CREATE, { event: other, key: 'k1' })).errors).toBeUndefined();
  });

  test('a file is imported through the server, the same again changes nothing, and a bad one is told', async () => {
    const { as } = await office(kind);
    const query = `mutation ($text: String!) {
      importEvents(text: $text, dataset: "desk") { format rows added changed unchanged setAside unplaced faults }
    }`;
    const text =
      'id,title,date,lat,lng\nd1,First,2016-10-01,36.2,37.1\nd2,Second,2016-10-02,,\nd3,,2016-13-45,1,2\n';
    const { data } = await as('OWNER', query, { text });
    expect(data.importEvents).toMatchObject({
      format: 'table of events',
      rows: 3,
      added: 2,
      setAside: 1,
      unplaced: 1,
    });
    expect(data.importEvents.faults).toHaveLength(1);
    expect((await as('OWNER', query, { text })).data.importEvents).toMatchObject({ added: 0, unchanged: 2 });
    expect((await as(null, '{ atlas { eventCount } }')).data.atlas.eventCount).toBe(61);
    const bad = await as('OWNER', query, { text: 'nothing' });
    expect([codeOf(bad), bad.errors?.[0]?.message]).toEqual([
      [400, 'BAD_USER_INPUT'],
      expect.not.stringContaining('/tmp'),
    ]);
  });

  test.each([
    ['an id that is none', { id: 'Talks!' }, 'not an id: "Talks!"'],
    ['an id of a place', { id: 'lausanne' }, 'the id "lausanne" is that of a place'],
    ['an empty title', { title: ' ' }, 'the title is empty'],
    ['no claim', { claims: [] }, 'rests on no claim'],
    ['an unknown category', { category: 'dance' }, 'unknown category: "dance". Known: fighting'],
    ['an unknown place', { placements: [{ place: 'atlantis', role: 'VENUE' }] }, 'unknown place: "atlantis"'],
    ['an unknown actor', { participants: [{ actor: 'nemo' }] }, 'unknown actor: "nemo"'],
    ['an unknown source', { claims: [{ ...CLAIM, source: 'none' }] }, 'unknown source: "none"'],
    ['an unknown event', { relations: [{ related: 'none', kind: 'follows' }] }, 'unknown event: "none"'],
    ['a date that is none', { when: 'next week' }, 'next week'],
  ])('%s is told in a sentence, and nothing is changed', async (_, patch, message) => {
    const { as } = await office(kind);
    const { status, errors } = await as('EDITOR', CREATE, { event: { ...EVENT, ...patch } });
    expect([status, errors?.[0]?.extensions.code]).toEqual([400, 'BAD_USER_INPUT']);
    expect(errors?.[0]?.message).toContain(message);
    expect((await as(null, '{ atlas { eventCount } }')).data.atlas.eventCount).toBe(59);
  });

  test('tokens are made, listed and ended by the command, and no secret is kept', async () => {
    const store = await opened(await newLocation(kind));
    const command = (words: string[], options = {}) => tokenCommand(store, words, options, NOW);
    expect(await command(['list'])).toBe('There are no tokens: nobody can write.');
    const told = await command(['create'], { name: 'Ada', role: 'editor', expires: '2099-01-01' });
    const [text = ''] = told.split('\n');
    const token = await new Desk(store).tokenOf(text, NOW);
    expect(token).toMatchObject({ name: 'Ada', role: 'EDITOR', expiresAt: '2099-01-01T00:00:00.000Z' });
    const kept = JSON.stringify(await store.desk('token'));
    // The secret may have such a line in it too.
    expect(kept).not.toContain(text.split('_').slice(2).join('_'));
    expect(await command(['list'])).toMatch(
      /^[0-9a-f]{12} {2}EDITOR {2}made \S+ {2}holds until 2099-01-01 {2}Ada$/,
    );
    expect(await command(['revoke', String(token?.id)])).toBe('The token of Ada holds no more.');
    expect(await new Desk(store).tokenOf(text, NOW)).toBeNull();
    await expect(command(['revoke', 'none'])).rejects.toThrow('no token "none"');
    await expect(command(['create'], { role: 'editor' })).rejects.toThrow('no name');
    await expect(command(['create'], { name: 'Ada', role: 'king' })).rejects.toThrow('unknown role: "king"');
    await expect(command(['create'], { name: 'A', role: 'owner', expires: '2001' })).rejects.toThrow(
      'is over',
    );
    await expect(command(['burn'])).rejects.toThrow('token create, token list, or token revoke');
  });
});
