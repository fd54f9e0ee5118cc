/** `npm run drill -- NAME|all [--own]`: causes a fault on the running system, or on one of its own, and waits for the alert. */
import { runAndExit, setUp } from './setup.mjs';

const args = process.argv.slice(2);

await runAndExit(async () => {
  await setUp({ withKafka: args.includes('--own') });
  const { main } = await import('../apps/cli/dist/main.js');
  return main(['drill', ...(args.length === 0 ? ['help'] : args)]);
});
