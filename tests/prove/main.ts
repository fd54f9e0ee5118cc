import { runKills } from './kills.js';

const TOLD_STALLS = 5;

/** `prove --kills N [--seed S] [--logs DIR]`. @returns the exit code */
export async function proveKills(
  root: string,
  kills: number,
  seed: number,
  logsDir: string | undefined,
): Promise<number> {
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  say(`seed ${seed}: repeat it with npm run prove -- --kills ${kills} --seed ${seed}`);
  const report = await runKills({ root, kills, seed, logsDir, say });
  const { differences, lost, doubled, freshness, stalls } = report;
  for (const difference of differences.slice(0, 20)) say(difference);
  for (const place of report.places) say(place);
  for (const claim of freshness.falseClaims) say(claim);
  for (const { ms, ownMs, during } of stalls.slice(0, TOLD_STALLS))
    say(
      `${seconds(ms)} without progress from ${during}, of it ${seconds(ownMs)} with broker and store in reach`,
    );
  say(
    `${freshness.claims} claims of freshness checked (${freshness.freshClaims} of them "fresh now", ` +
      `${freshness.unanswered} questions unanswered): ${freshness.falseCount} false`,
  );
  const steps = report.missedSteps === 0 ? '' : ` (${report.missedSteps} of them not at their step)`;
  say(
    `${report.kills} kills${steps}, ${report.records} records, ${report.events} events, ${report.panes} panes: ` +
      `${differences.length} differences, ${lost} lost, ${doubled} doubled; ` +
      `longest time without progress ${seconds(stalls[0]?.ms ?? 0)}, ` +
      `with broker and store in reach ${seconds(Math.max(0, ...stalls.map(({ ownMs }) => ownMs)))}`,
  );
  return differences.length + lost + doubled + freshness.falseCount === 0 ? 0 : 1;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
