import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: resolve(import.meta.dirname, '..'),
  test: {
    include: ['tests/**/*.test.ts'],
    env: { TZ: 'UTC' },
    // The browser is unpacked by the first test that needs it.
    hookTimeout: 90_000,
    testTimeout: 60_000,
    expect: { poll: { timeout: 10_000 } },
  },
});
