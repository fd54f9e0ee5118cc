import type { Alert } from '@freshet/live-protocol';
import type { Notice } from '../notice.js';
import { momentUrl, runbookUrl, type Links } from './links.js';

/** Metrics that a message names; the others are counted. */
const MOST_METRICS = 20;

export interface Wording {
  /** One line. */
  readonly headline: string;
  /** Label and text, in the order in which somebody who was woken asks. */
  readonly facts: readonly (readonly [label: string, text: string])[];
}

/** What a message to a person says. */
export function wordingOf({ alert, status, atMs }: Notice, links: Links): Wording {
  const mark = status === 'resolved' ? 'Resolved' : alert.severity === 'page' ? 'Page' : 'Ticket';
  const ended = alert.resolvedAtMs ?? atMs;
  return {
    headline: `[${mark}] ${oneLine(alert.summary)}`,
    facts: [
      ['Stage at fault', `${alert.stage}, owned by ${alert.owner}`],
      ['Seen', oneLine(alert.evidence)],
      ...(alert.metrics.length === 0 ? [] : [['Metrics', listed(alert)] as const]),
      ['Since', utc(alert.sinceMs)],
      ...(status === 'resolved'
        ? [['Resolved', `${utc(ended)}, after ${duration(ended - alert.sinceMs)}`] as const]
        : []),
      ...(alert.heldBack === null ? [] : [['Held back', oneLine(alert.heldBack)] as const]),
      ['What to do', runbookUrl(alert, links)],
      ['Look', momentUrl(alert, links)],
    ],
  };
}

function listed({ metrics }: Alert): string {
  const more = metrics.length - MOST_METRICS;
  return metrics.slice(0, MOST_METRICS).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim().slice(0, 500);
}

function utc(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
