import { expect, test } from 'vitest';
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
