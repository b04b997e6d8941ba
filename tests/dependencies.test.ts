import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';

const HOME = resolve(import.meta.dirname, '..');
const read = (name: string): Record<string, Record<string, unknown>> =>
  JSON.parse(readFileSync(resolve(HOME, name), 'utf8'));

test('every dependency that would run a script at its installation is listed, and none may', () => {
  const packages = read('package-lock.json')['packages'] as Record<string, { hasInstallScript?: boolean }>;
  const scripted = Object.entries(packages).flatMap(([path, { hasInstallScript }]) =>
    hasInstallScript ? [path.replace(/^.*node_modules\//, '')] : [],
  );
  const allowed = read('package.json')['allowScripts'] ?? {};
  expect(Object.keys(allowed).sort()).toEqual([...new Set(scripted)].sort());
  expect(Object.values(allowed)).not.toContain(true);
});
