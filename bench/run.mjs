/** `npm run bench -- [options]`: compiles the bench and what it measures, then runs it. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const compiled = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-b', 'bench'], {
  cwd: root,
  stdio: 'inherit',
});
if (compiled.status !== 0) {
  console.error('bench: it does not compile, see above.');
  process.exit(1);
}
const { main } = await import('./dist/bench/src/main.js');
process.exitCode = await main(process.argv.slice(2));
