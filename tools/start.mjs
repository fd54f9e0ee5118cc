/** `npm start`: sets up what is missing, then runs `freshet up` in this process, so that signals arrive once. */
import { runAndExit, setUp } from './setup.mjs';

await runAndExit(async () => {
  await setUp({ withKafka: !process.env.KAFKA_BROKERS });
  const { main } = await import('../apps/cli/dist/main.js');
  return main(['up', ...process.argv.slice(2)]);
});
