import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { generatedFiles } from '../scripts/generate-types.ts';

test('the generated types are those of the schema and the queries: else run `npm run generate`', async () => {
  const files = await generatedFiles();
  expect(files.size).toBeGreaterThan(0);
  for (const [path, text] of files)
    expect(readFileSync(resolve(import.meta.dirname, '..', path), 'utf8') === text, path).toBe(true);
});
