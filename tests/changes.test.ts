import { describe, expect, test } from 'vitest';
import { EVENT, codeOf, office } from './office.ts';
import { testedStores } from './stores.ts';

const CHANGE =
  'sequence origin kind reason by eventId title event { id title status } fields { field before after }';
const UPDATE = `mutation ($id: ID!, $basedOn: String!, $event: EventPatch!, $named: NamedInput, $reason: String) {
  updateEvent(id: $id, basedOn: $basedOn, event: $event, named: $named, reason: $reason) { event { version } }
}`;
const RETRACT = `mutation ($id: ID!, $basedOn: String!) {
  retractEvent(id: $id, basedOn: $basedOn, reason: "the paper took it back") { event { version } }
}`;
const CREATE = `mutation ($event: EventInput!, $isDraft: Boolean) {
  createEvent(event: $event, isDraft: $isDraft, reason: "new") { event { version } }
}`;
const HISTORY = `query ($id: ID!) { event(id: $id) { history { ${CHANGE} } } }`;

describe.each(testedStores())('on %s', (kind) => {
  test('the history of an event tells what was changed, why, and by whom to those who work there', async () => {
    const { as } = await office(kind);
    const created = await as('EDITOR', CREATE, { event: EVENT });
    const named = {
      places: [
        {
          id: 'bern',
          name: 'Bern',
          lng: 7.4,
          lat: 46.9,
          precision: 'SETTLEMENT',
          names: [{ language: 'ar', name: 'برن' }],
        },
      ],
      actors: [{ id: 'host', name: 'The host', kind: 'PERSON' }],
    };
    const event = {
      ...{ title: 'Talks in Berne', when: '2016-10-19', placements: [{ place: 'bern', role: 'VENUE' }] },
      ...{
        participants: [{ actor: 'host', role: 'chair' }],
        claims: [{ ...EVENT.claims[0], statement: 'They met on Wednesday.' }],
      },
    };
    const changed = await as('EDITOR', UPDATE, {
      ...{
        id: EVENT.id,
        basedOn: created.data.createEvent.event.version,
        event,
        named,
        reason: 'the day was wrong',
      },
    });
    expect(changed.errors).toBeUndefined();
    const basedOn = changed.data.updateEvent.event.version;
    expect((await as('OWNER', RETRACT, { id: EVENT.id, basedOn })).errors).toBeUndefined();

    const public_ = await as(null, HISTORY, { id: EVENT.id });
    const now = { id: EVENT.id, title: 'Talks in Berne', status: 'RETRACTED' };
    const common = { origin: 'DESK', by: null, eventId: EVENT.id, event: now };
    expect(public_.data.event.history).toEqual([
      {
        ...{
          ...common,
          sequence: 4,
          kind: 'RETRACTED',
          reason: 'the paper took it back',
          title: 'Talks in Berne',
        },
        fields: [{ field: 'STATUS', before: 'OCCURRED', after: 'RETRACTED' }],
      },
      {
        ...{ ...common, sequence: 3, kind: 'CHANGED', reason: 'the day was wrong', title: 'Talks in Berne' },
        fields: [
          { field: 'TITLE', before: 'Talks in Bern', after: 'Talks in Berne' },
          { field: 'WHEN', before: '2016-10-18', after: '2016-10-19' },
          { field: 'VENUE', before: 'lausanne', after: 'bern' },
          { field: 'PARTICIPANT', before: null, after: 'host' },
          { field: 'CLAIM', before: 'They met on Tuesday.', after: 'They met on Wednesday.' },
        ],
      },
      { ...common, sequence: 2, kind: 'ADDED', reason: 'new', title: 'Talks in Bern', fields: [] },
    ]);
    const insiders = await as('READER', HISTORY, { id: EVENT.id });
    expect(insiders.data.event.history.map(({ by }: { by: string }) => by)).toEqual([
      'OWNER',
      'EDITOR',
      'EDITOR',
    ]);
    const labels = await as(
      null,
      `{ event(id: "${EVENT.id}") { history(first: 2) { fields { field beforeLabel(language: "ar") afterLabel(language: "ar") } } } }`,
    );
    expect(labels.data.event.history[1].fields).toEqual([
      { field: 'TITLE', beforeLabel: 'Talks in Bern', afterLabel: 'Talks in Berne' },
      { field: 'WHEN', beforeLabel: '18 October 2016', afterLabel: '19 October 2016' },
      { field: 'VENUE', beforeLabel: 'لوزان', afterLabel: 'برن' },
      { field: 'PARTICIPANT', beforeLabel: null, afterLabel: 'The host (chair)' },
      {
        field: 'CLAIM',
        beforeLabel: 'They met on Tuesday. (Financial Tribune)',
        afterLabel: 'They met on Wednesday. (Financial Tribune)',
      },
    ]);
  });

  test('who follows the changes by cursors is told each once, while the atlas is written', async () => {
    const { as } = await office(kind);
    const query = `query ($after: String) { changes(first: 7, after: $after) {
      nodes { sequence eventId kind } edges { cursor } pageInfo { hasNextPage endCursor } totalCount } }`;
    const told: string[] = [];
    let after: string | null = null;
    const follow = async (): Promise<boolean> => {
      const { data } = await as(null, query, { after });
      const { nodes, pageInfo } = data.changes;
      for (const { sequence, eventId, kind: what } of nodes) told.push(`${sequence} ${what} ${eventId}`);
      after = pageInfo.endCursor ?? after;
      return pageInfo.hasNextPage;
    };
    for (let round = 0; round < 6; round++) {
      const { data } = await as('EDITOR', CREATE, { event: { ...EVENT, id: `talks-${round}` } });
      await follow();
      const { version } = data.createEvent.event;
      const write = round % 2 ? RETRACT : UPDATE;
      const answer = await as('EDITOR', write, {
        id: `talks-${round}`,
        basedOn: version,
        event: { title: `T ${round}` },
      });
      expect(answer.errors).toBeUndefined();
    }
    while (await follow());
    await follow();
    const expected = Array.from({ length: 6 }, (_, round) => [
      `${2 * round + 2} ADDED talks-${round}`,
      `${2 * round + 3} ${round % 2 ? 'RETRACTED' : 'CHANGED'} talks-${round}`,
    ]).flat();
    expect(told.slice(-12)).toEqual(expected);
    expect(told).toHaveLength(59 + 12);
    expect(new Set(told).size).toBe(told.length);
    const { data } = await as(
      null,
      `{ changes(isCorrection: true, last: 2) { totalCount nodes { ${CHANGE} } pageInfo { hasPreviousPage } } }`,
    );
    expect(data.changes).toMatchObject({ totalCount: 6, pageInfo: { hasPreviousPage: true } });
    expect(data.changes.nodes.map(({ sequence }: { sequence: number }) => sequence)).toEqual([11, 13]);
  });

  test('a draft leaves no trace in the log before it is published, nor what it was', async () => {
    const { as } = await office(kind);
    const all = '{ changes(first: 500) { totalCount nodes { eventId title reason } } atlas { version } }';
    const before = await as(null, all);
    const { data } = await as('EDITOR', CREATE, { event: { ...EVENT, title: 'Too early' }, isDraft: true });
    const id = EVENT.id;
    const { version } = data.createEvent.event;
    const next = await as('EDITOR', UPDATE, {
      id,
      basedOn: version,
      event: { title: 'Talks' },
      reason: 'secret',
    });
    expect((await as(null, all)).text).toBe(before.text);
    expect(
      (await as('OWNER', `{ drafts { event { history { title } } } }`)).data.drafts[0].event.history,
    ).toEqual([]);
    const publish =
      'mutation ($id: ID!, $basedOn: String!) { publishEvent(id: $id, basedOn: $basedOn, reason: "ready") { isDraft } }';
    const basedOn = next.data.updateEvent.event.version;
    expect((await as('EDITOR', publish, { id, basedOn })).errors).toBeUndefined();
    const after = await as(null, all);
    expect(after.data.changes.nodes.slice(59)).toEqual([{ eventId: id, title: 'Talks', reason: 'ready' }]);
    expect(after.text).not.toMatch(/Too early|secret/);
  });

  test('an import is told of with its dataset, and with the reason that was given or the name of what was read', async () => {
    // A server that nobody tells what another connection wrote.
    const { as } = await office(kind, { listenUrl: 'postgres://127.0.0.1:1/none' });
    const before = await as(null, '{ events { totalCount } }');
    expect(before.data.events.totalCount).toBe(59);
    const query = `mutation ($text: String!, $reason: String) {
      importEvents(text: $text, dataset: "desk", reason: $reason) { added changed } }`;
    const file = (title: string): string => `id,title,date,lat,lng\nd1,${title},2016-10-01,36.2,37.1\n`;
    const first = await as('OWNER', query, { text: file('Xylophones') });
    expect(first.data?.importEvents, first.text).toEqual({ added: 1, changed: 0 });
    const second = await as('OWNER', query, { text: file('Zeppelins'), reason: 'release 2' });
    expect(second.data?.importEvents, second.text).toEqual({ added: 0, changed: 1 });
    const { data } = await as(
      null,
      '{ events(filter: { text: "zeppelins" }) { nodes { history { origin kind reason dataset by fields { field before after } } } } }',
    );
    const common = { origin: 'IMPORT', dataset: 'desk', by: null };
    expect(data.events.nodes[0].history).toEqual([
      {
        ...common,
        kind: 'CHANGED',
        reason: 'release 2',
        fields: [{ field: 'TITLE', before: 'Xylophones', after: 'Zeppelins' }],
      },
      { ...common, kind: 'ADDED', reason: 'imported from desk', fields: [] },
    ]);
  });

  test('corrections are a feed too, with what was changed and why, and nothing in it is markup', async () => {
    const { as, app } = await office(kind);
    const feed = async (): Promise<string> => (await app.inject({ url: '/export/corrections.rss' })).body;
    const made = await as('EDITOR', CREATE, { event: EVENT });
    expect(await feed()).not.toContain('<item>');
    const basedOn = made.data.createEvent.event.version;
    const event = { title: '<b>Talks</b> & more' };
    await as('EDITOR', UPDATE, { id: EVENT.id, basedOn, event, reason: 'a <slip>' });
    const [item = ''] = /<item>.*<\/item>/.exec(await feed()) ?? [];
    expect(item).toContain('<title>Corrected: &lt;b&gt;Talks&lt;/b&gt; &amp; more</title>');
    expect(item).toContain(`?event=${EVENT.id}</link>`);
    expect(item).toContain('a &amp;lt;slip&amp;gt;&lt;br&gt;title: Talks in Bern → &amp;lt;b&amp;gt;');
    expect(item).toMatch(/<pubDate>\w{3}, \d\d \w{3} \d{4} .* \+0000<\/pubDate>/);
  });

  test('lists of changes have the limits of all lists', async () => {
    const { as } = await office(kind);
    expect(codeOf(await as(null, '{ changes(first: 501) { totalCount } }'))).toEqual([400, 'BAD_USER_INPUT']);
    expect(codeOf(await as(null, '{ changes(after: "x") { totalCount } }'))).toEqual([400, 'BAD_USER_INPUT']);
    expect(
      codeOf(await as(null, '{ event(id: "lausanne-meeting-2016-10-15") { history(first: -1) { at } } }')),
    ).toEqual([200, 'BAD_USER_INPUT']);
    const large = `{ events(first: 500) { nodes { history(first: 500) { ${CHANGE} } } } }`;
    expect(codeOf(await as(null, large))).toEqual([400, 'COST_LIMIT']);
  });
});
