import { enableCompileCache } from 'node:module';

// Node keeps what it compiled, in a folder for temporary files: the next start takes two thirds of the time.
enableCompileCache();
const { main } = await import('./cli.ts');
await main();
