import { expect, test } from 'vitest';
import { EXPORT_FORMATS } from '../server/export/formats.ts';
import { readAddress } from '../web/address.ts';
import { NO_FILTER } from '../web/filter.ts';
import { downloadAddress, FILES, LIVE } from '../web/share/downloads.ts';
import { pictureName } from '../web/share/picture-name.ts';

const day = (date: string): number => Date.parse(date);

test.each([
  ['Syria diplomacy, 2016-17', null, null, 'syria-diplomacy-2016-17.png'],
  [
    'Syria diplomacy, 2016-17',
    day('2016-09-01'),
    day('2016-10-20'),
    'syria-diplomacy-2016-17_2016-09-01_2016-10-20.png',
  ],
  ['Talks', day('2016-09-01'), null, 'talks_2016-09-01_.png'],
  ['Talks', null, day('2016-09-01T12:30Z'), 'talks__2016-09-01t12-30z.png'],
  ['دبلوماسية سوريا', null, null, 'دبلوماسية-سوريا.png'],
  ['../../etc/passwd <b>"', null, null, 'etc-passwd-b.png'],
  ['***', null, null, 'dateline.png'],
  ['a'.repeat(300), null, null, `${'a'.repeat(100)}.png`],
])('a picture of %s is saved under a name that every system takes', (title, from, to, name) => {
  expect(pictureName(title, { from, to })).toBe(name);
});

test('every format of the server is offered, each once', () => {
  expect(FILES.map(({ path }) => path).toSorted()).toEqual(
    EXPORT_FORMATS.map(({ name }) => `/export/events.${name}`).toSorted(),
  );
});

test.each([...FILES, ...LIVE])(
  '$path is had with the filter that is shown, and within what is in view',
  (each) => {
    const { filter } = readAddress('?q=a%26b&from=2016-09-01&category=x%20y&role=subject');
    const asked = '?q=a%26b&from=2016-09-01&category=x+y&role=subject';
    expect(downloadAddress(each, filter, null)).toBe(each.path + asked);
    expect(downloadAddress(each, filter, [170.123456789, -20, -179, 0])).toBe(
      `${each.path}${asked}&bbox=170.12346,-20,-179,0`,
    );
    expect(downloadAddress(each, NO_FILTER, null)).toBe(each.path);
    expect(downloadAddress(each, NO_FILTER, [1, 2, 3, 4])).toBe(`${each.path}?bbox=1,2,3,4`);
    // What has no place is in no view.
    expect(downloadAddress(each, { ...NO_FILTER, isUnplaced: true }, [1, 2, 3, 4])).toBe(
      `${each.path}?unplaced=only`,
    );
  },
);
