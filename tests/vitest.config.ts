import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const root = resolve(import.meta.dirname, '..');

/** Journeys through the page take longest by far: begun last, one of them would be waited for alone. */
class JourneysFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isJourney = ({ moduleId }: TestSpecification): boolean => /journeys[^/]*$/.test(moduleId);
    const sorted = await super.sort(files);
    return [...sorted.filter(isJourney), ...sorted.filter((file) => !isJourney(file))];
  }
}

export default defineConfig({
  root,
  // As Node resolves it for Apollo: Vite alone would take the .mjs beside it, and there can be only one graphql.
  resolve: { alias: [{ find: /^graphql$/, replacement: resolve(root, 'node_modules/graphql/index.js') }] },
  test: {
    include: ['tests/**/*.test.ts'],
    globalSetup: 'tests/postgresql-run.ts',
    env: { TZ: 'UTC' },
    sequence: { sequencer: JourneysFirst },
    // Journeys wait more than they work.
    maxWorkers: 2,
    // The browser is unpacked by the first test that needs it.
    hookTimeout: 90_000,
    testTimeout: 60_000,
    // Machines of continuous integration are shared, and a browser that has to wait is no fault: what fails is tried again, and said.
    retry: process.env['CI'] ? 2 : 0,
    expect: { poll: { timeout: 10_000 } },
  },
});
