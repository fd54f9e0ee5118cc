import { spawnSync } from 'node:child_process';
import { root } from '../places.js';

/** Compiles the JVM rivals by Maven, which downloads what they need (130 MB) the first time. */
export function buildRivals(): void {
  console.log('bench: building the JVM rivals');
  const built = spawnSync('mvn', ['-B', '-q', 'package'], {
    cwd: `${root}/bench/rivals`,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (built.error) throw new Error('Maven is missing (mvn): install it, or leave the JVM rivals out.');
  if (built.status !== 0) throw new Error('The JVM rivals do not compile, see above.');
}
