import { type Alert, type MetricInfo, type Metrics } from '@freshet/live-protocol';
import { createContext, useContext } from 'react';
import { type Figures } from '../figures/figures.js';

/** What the whole page stands on: the business, its metrics and its way of writing figures. */
export interface Business {
  readonly business: Metrics['business'];
  /** In the order of Pulse. */
  readonly metrics: readonly MetricInfo[];
  /** Why the files of the catalogue are not in use as they are; empty: they are. */
  readonly problems: Metrics['problems'];
  readonly figures: Figures;
  /** Firing and acknowledged alerts, by metric. */
  readonly alerts: ReadonlyMap<string, Alert>;
  /** All that fire or are acknowledged, also those about no metric, the oldest first. */
  readonly openAlerts: readonly Alert[];
}

export const BusinessContext = createContext<Business | undefined>(undefined);

export function useBusiness(): Business {
  const found = useContext(BusinessContext);
  if (found === undefined) throw new Error('used outside of the page frame');
  return found;
}

export interface Team {
  readonly title: string;
  readonly owner: string;
  readonly metrics: readonly MetricInfo[];
}

/** Metrics grouped by team heading, teams in the order of their first metric. */
export function toTeams(metrics: readonly MetricInfo[]): readonly Team[] {
  const teams = new Map<string, MetricInfo[]>();
  for (const metric of metrics) {
    const found = teams.get(metric.team);
    if (found === undefined) teams.set(metric.team, [metric]);
    else found.push(metric);
  }
  return [...teams].map(([title, members]) => ({ title, owner: members[0]?.owner ?? '', metrics: members }));
}
