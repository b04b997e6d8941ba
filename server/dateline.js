#!/usr/bin/env node
// The command. Plain JavaScript for any Node, since the first thing to find out is whether this one is new enough.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

const [compiled, source] = ['../server-js/main.js', './main.ts'].map((path) =>
  fileURLToPath(new URL(path, import.meta.url)),
);
const main = existsSync(compiled) ? compiled : source;

/** The Node that was installed beside us, where its maker publishes one for this machine. */
function ownNode() {
  try {
    const system = process.platform === 'win32' ? 'win' : process.platform;
    const folder = `node-${system}-${process.arch}/bin/node${system === 'win' ? '.exe' : ''}`;
    return createRequire(import.meta.url).resolve(folder);
  } catch {
    return null;
  }
}

if (Number(process.versions.node.split('.')[0]) >= 24) {
  await import(pathToFileURL(main).href);
} else {
  const node = ownNode();
  if (node === null) {
    console.error(
      `dateline: this is Node ${process.versions.node}; it needs Node 24 or later, from https://nodejs.org.`,
    );
    process.exitCode = 1;
  } else {
    const child = spawn(node, [main, ...process.argv.slice(2)], { stdio: 'inherit' });
    // A terminal interrupts both of us; what is sent to us alone is passed on.
    process.on('SIGINT', () => undefined);
    for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
    child.on('exit', (status) => (process.exitCode = status ?? 1));
  }
}
