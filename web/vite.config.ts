import { svelte } from '@sveltejs/vite-plugin-svelte';
import { hash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { defineConfig, type Plugin } from 'vite';

/** Where `npm start` serves what the development server doesn't. */
const API = 'http://localhost:4000';

const WORKER = 'service-worker';

/** Two pages, the map and GraphiQL, whose weight must not reach the first; and what keeps the map for readers without a connection. */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [svelte(), firstPaint(), offlineFiles()],
  build: {
    target: 'es2022',
    emptyOutDir: true,
    // GraphiQL's editor is one large chunk of a page of its own.
    chunkSizeWarningLimit: 3000,
    rolldownOptions: {
      input: { index: 'index.html', graphiql: 'graphiql.html', [WORKER]: 'service-worker.ts' },
      output: {
        // Browsers ask at this address whether there is a new one.
        entryFileNames: ({ name }) => (name === WORKER ? '[name].js' : 'assets/[name]-[hash].js'),
      },
      onLog: (level, log, handler) => {
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') handler(level, log);
      },
    },
  },
  server: { proxy: { '/graphql': API, '/settings.json': API } },
  optimizeDeps: {
    exclude: ['graphiql/setup-workers/vite', '@graphiql/react/setup-workers/vite'],
    include: ['nullthrows', 'picomatch-browser'],
  },
});

/** Prints what the map page loads before it paints: its script and all that this imports, gzipped. */
function firstPaint(): Plugin {
  let say: (text: string) => void = console.log;
  return {
    name: 'first-paint',
    // Silent where the build is.
    configResolved: ({ logger }) => {
      say = (text) => logger.info(text);
    },
    writeBundle(_, bundle) {
      const found = new Set<string>();
      const follow = (name: string): void => {
        const chunk = bundle[name];
        if (found.has(name) || chunk?.type !== 'chunk') return;
        found.add(name);
        chunk.imports.forEach(follow);
      };
      for (const chunk of Object.values(bundle))
        if (chunk.type === 'chunk' && chunk.isEntry && chunk.name === 'index') follow(chunk.fileName);
      const bytes = [...found].reduce((sum, name) => {
        const chunk = bundle[name];
        return chunk?.type === 'chunk' ? sum + gzipSync(chunk.code).length : sum;
      }, 0);
      say(`first paint: ${(bytes / 1000).toFixed(1)} kB of gzipped JavaScript (at most 150)`);
    },
  };
}

/** Tells the service worker which files the map needs wherever it goes. Large ones, and fonts, it keeps when they are used. */
function offlineFiles(): Plugin {
  return {
    name: 'offline-files',
    generateBundle(_, bundle) {
      const found = new Set<string>();
      const follow = (name: string): void => {
        const chunk = bundle[name];
        if (found.has(name) || chunk?.type !== 'chunk') return;
        found.add(name);
        for (const style of chunk.viteMetadata?.importedCss ?? []) found.add(style);
        [...chunk.imports, ...chunk.dynamicImports].forEach(follow);
      };
      for (const part of Object.values(bundle)) {
        if (part.type === 'chunk' && part.name === 'index' && part.isEntry) follow(part.fileName);
        if (/\/(base-map-worker|countries-(?!10m)|cities-(?!more)|icon-)/.test(part.fileName))
          found.add(part.fileName);
      }
      const files = [...found].sort().map((name) => `/${name}`);
      const worker = bundle[`${WORKER}.js`];
      if (worker?.type !== 'chunk' || worker.imports.length > 0)
        throw new Error('the service worker must be one file');
      const build = hash('sha256', files.join(), 'hex').slice(0, 12);
      worker.code = worker.code
        .replaceAll(/\bFILES\b/g, JSON.stringify(files))
        .replaceAll(/\bBUILD\b/g, JSON.stringify(build));
    },
  };
}
