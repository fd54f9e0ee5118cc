import { parseArgs } from 'node:util';

import { BadSetting, USAGE } from '../config.js';
import { parseIncident } from './incident-request.js';

/**
 * `incident <kind> [--provider P] [--topic T] [--minutes N] | list | end`: asks the shop that runs at `port`.
 * Resolves the line to print. Throws BadSetting for what cannot be asked and where no shop answers.
 */
export async function runIncidentCommand(args: readonly string[], port: number): Promise<string> {
  const { kind, parameters } = parse(args);
  if (kind === 'list') {
    const { incidents } = (await ask(port, 'GET', '/incidents')) as { incidents: object[] };
    return incidents.length === 0 ? 'No incidents.' : incidents.map((one) => JSON.stringify(one)).join('\n');
  }
  if (kind === 'end') {
    const { ended } = (await ask(port, 'DELETE', '/incidents')) as { ended: object[] };
    return `${ended.length} ended.`;
  }
  const parsed = parseIncident(kind, parameters);
  if ('problem' in parsed) throw new BadSetting(`${parsed.problem}\n\n${USAGE}`);
  const body = { ...parsed.request, kind: undefined };
  const started = (await ask(port, 'POST', `/incidents/${kind}`, body)) as { untilMs: number };
  return `${kind} runs until ${new Date(started.untilMs).toISOString()}.`;
}

function parse(args: readonly string[]): { kind: string; parameters: object } {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { provider: { type: 'string' }, topic: { type: 'string' }, minutes: { type: 'string' } },
      allowPositionals: true,
    });
    if (positionals.length === 1) return { kind: positionals[0]!, parameters: { ...values } };
  } catch (error) {
    throw new BadSetting(`${(error as Error).message}\n\n${USAGE}`);
  }
  throw new BadSetting(`Name one incident.\n\n${USAGE}`);
}

async function ask(port: number, method: string, path: string, body?: object): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      signal: AbortSignal.timeout(5_000),
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
  } catch {
    throw new BadSetting(
      `No shop answers on port ${port}: start one, or name its port in FRESHET_METRICS_PORT.`,
    );
  }
  const answer = (await response.json()) as { error?: string };
  if (!response.ok) throw new BadSetting(answer.error ?? `The shop answered ${response.status}.`);
  return answer;
}
