import { runKills } from './kills.js';

/** `prove --kills N [--seed S]`. @returns the exit code */
export async function proveKills(root: string, kills: number, seed: number): Promise<number> {
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  say(`seed ${seed}: repeat it with npm run prove -- --kills ${kills} --seed ${seed}`);
  const report = await runKills({ root, kills, seed, say });
  const { differences, lost, doubled } = report;
  for (const difference of differences.slice(0, 20)) say(difference);
  say(
    `${report.kills} kills, ${report.records} records, ${report.events} events, ${report.panes} panes: ` +
      `${differences.length} differences, ${lost} lost, ${doubled} doubled; ` +
      `longest time without progress ${(report.longestStallMs / 1000).toFixed(1)} s`,
  );
  return differences.length + lost + doubled === 0 ? 0 : 1;
}
