import { readFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { resolve } from 'node:path';

/** Where the figures come from. */
export interface Machine {
  processor: string;
  cores: number;
  memoryGb: number;
  /** How busy the machine was with other things, in cores, before anything was measured. */
  loadBefore: number;
  node: string;
  packages: Record<string, string>;
}

const PACKAGES = [
  ...['@apollo/server', 'graphql', 'graphql-jit', 'fastify', 'mercurius', 'graphql-yoga', 'autocannon'],
  ...['@duckdb/node-api', 'pg', 'supercluster', 'leaflet', 'leaflet.markercluster'],
];

/** This machine and the versions of what is measured on it. */
export function thisMachine(): Machine {
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    loadBefore: Math.round((loadavg()[0] ?? 0) * 10) / 10,
    node: process.version,
    packages: Object.fromEntries(PACKAGES.map((name) => [name, versionOf(name)])),
  };
}

/** The version of a package that is installed. */
export function versionOf(name: string): string {
  const path = resolve(import.meta.dirname, '../../node_modules', name, 'package.json');
  return JSON.parse(readFileSync(path, 'utf8')).version;
}
