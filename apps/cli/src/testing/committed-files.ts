import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parser } from '@prometheus-io/lezer-promql';
import { parse } from 'yaml';

import { workspaceRoot } from '../config.js';

interface Rules {
  readonly groups: readonly {
    readonly name: string;
    readonly rules: readonly {
      readonly alert?: string;
      readonly record?: string;
      readonly expr: string;
      readonly labels?: Readonly<Record<string, string>>;
      readonly annotations?: Readonly<Record<string, string>>;
    }[];
  }[];
}

interface Dashboard {
  readonly panels: readonly {
    readonly id: number;
    readonly gridPos: { readonly x: number; readonly w: number };
    readonly targets?: readonly { readonly expr: string }[];
  }[];
}

/** Text of a file of the repository. */
export function committed(file: string): string {
  return readFileSync(join(workspaceRoot, file), 'utf8');
}

export function readRules(): Rules {
  return parse(committed('docker/prometheus/freshet.rules.yaml')) as Rules;
}

export function readDashboard(): Dashboard {
  return JSON.parse(committed('docker/grafana/freshet.json')) as Dashboard;
}

/** All expressions of the rule file and of the operators' dashboard. */
export function committedExpressions(): readonly string[] {
  const rules = readRules().groups.flatMap((group) => group.rules.map(({ expr }) => expr));
  const panels = readDashboard().panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
  return [...rules, ...panels];
}

/** Names of Freshet's own series in expressions, as `/metrics` declares them: histograms without their suffix. */
export function namesOf(expressions: readonly string[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const expression of expressions) {
    parser.parse(expression).iterate({
      enter: ({ name, from, to }) => {
        const found = expression.slice(from, to);
        if (name === 'Identifier' && found.startsWith('freshet_'))
          names.add(found.replace(/_(bucket|sum|count)$/, ''));
      },
    });
  }
  return names;
}
