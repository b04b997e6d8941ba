/** The server and Vite's development server side by side: `npm run dev`. Either's end is the other's. */
import { spawn } from 'node:child_process';

const started = [
  spawn(process.execPath, ['--watch', 'server/main.ts'], { stdio: 'inherit' }),
  spawn(process.execPath, ['node_modules/vite/bin/vite.js', 'web'], { stdio: 'inherit' }),
];
for (const each of started) each.on('exit', () => started.forEach((other) => other.kill()));
