#!/usr/bin/env node
/** `npm run freshet -- …`, `npx freshet …`: the command line, set up first when something is missing. */
import { runAndExit, setUp } from './setup.mjs';

await runAndExit(async () => {
  await setUp({ withKafka: false });
  const { main } = await import('../apps/cli/dist/main.js');
  return main(process.argv.slice(2));
});
