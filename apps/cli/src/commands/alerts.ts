import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { loadTeams } from '@freshet/contracts';
import { MissingPrerequisite } from '@freshet/embedded';
import { stringify } from 'yaml';

import { prometheusRules } from '../alerts/prometheus-rules.js';
import { checkCatalogue } from '../catalogue.js';
import { readConfig, workspaceRoot } from '../config.js';

export interface AlertRulesOptions {
  /** File to write; standard output otherwise. */
  readonly out?: string;
  readonly platformTeam?: string;
  /** Only tell whether the file is current. */
  readonly check?: boolean;
}

/** Where the rule file of this repository's catalogue is committed. */
export const COMMITTED_RULES = join(workspaceRoot, 'docker', 'prometheus', 'freshet.rules.yaml');

const HEADER = `# Made from the catalogue by \`npm run freshet -- alerts rules --out docker/prometheus/freshet.rules.yaml\`.
# Do not edit: change the catalogue and make it again.
`;

/** Prints or writes the rule file; resolves 1 when \`check\` finds it out of date. */
export function alertRules({ out, platformTeam, check = false }: AlertRulesOptions): number {
  const text = rulesText(readConfig(process.env).catalog, platformTeam);
  if (check) {
    const file = out ?? COMMITTED_RULES;
    const isCurrent = existsSync(file) && readFileSync(file, 'utf8') === text;
    console.log(`${file} is ${isCurrent ? 'current' : 'out of date: make it again'}`);
    return isCurrent ? 0 : 1;
  }
  if (out === undefined) process.stdout.write(text);
  else writeFileSync(out, text);
  return 0;
}

/** The rule file of a catalogue. @throws MissingPrerequisite when that has problems */
export function rulesText(catalog: string, platformTeam?: string): string {
  const { contracts, metrics, problems } = checkCatalogue(catalog);
  if (problems.length > 0) throw new MissingPrerequisite(problems.join('\n'));
  const teams = loadTeams(join(catalog, 'teams.yaml')).value ?? [];
  const team = platformTeam ?? (teams.find(({ stages }) => stages?.includes('serve')) ?? teams[0])?.name;
  if (team === undefined || !teams.some(({ name }) => name === team)) {
    throw new MissingPrerequisite(
      `There is no team "${team ?? ''}" in ${catalog}/teams.yaml: name one with --platform-team.`,
    );
  }
  const rules = prometheusRules({ contracts, metrics, platformTeam: team });
  return HEADER + stringify(rules, { lineWidth: 0, aliasDuplicateObjects: false, singleQuote: true });
}
