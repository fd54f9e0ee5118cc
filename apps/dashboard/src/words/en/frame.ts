import { type Stage } from '@freshet/live-protocol';

export const stages: Record<Stage, string> = {
  produce: 'produce',
  broker: 'broker',
  ingest: 'ingest',
  store: 'store',
  serve: 'serve',
  paint: 'paint',
};

export const stageMeanings: Record<Stage, string> = {
  produce: 'producer to log',
  broker: 'log to reader',
  ingest: 'decode, count',
  store: 'write to ClickHouse',
  serve: 'query, push',
  paint: 'browser draws',
};

export const frame = {
  product: 'Freshet',
  skip: 'Skip to the content',
  pulse: 'Pulse',
  freshness: 'Freshness',
  alerts: 'Alerts',
  catalogue: 'Catalogue',
  pages: 'Pages',
  find: 'Find a metric',
  findNone: 'No metric of that name',
  keys: 'keys',
  keysTitle: 'Keys',
  close: 'Close',
  menu: 'Menu',
  appearance: 'Appearance',
  light: 'Light',
  dark: 'Dark',
  system: 'As the system',
  language: 'Language',
  firing: (n: string) => `${n} firing`,
  signedInAs: (name: string, role: string) => `Signed in as ${name}, ${role}`,
  notFound: 'There is no such page',
  notFoundHint: 'The address may be old, or the metric has another name now.',
  toPulse: 'Back to Pulse',
  failed: 'The page could not be drawn',
  reload: 'Load again',
  gatewayDown: 'The gateway does not answer',
  gatewayDownHint: 'It is asked again every few seconds. If it was stopped, start it with npm start.',
  loading: 'loading',
};

export const keyList = [
  ['/', 'find a metric'],
  ['?', 'this list'],
  ['g then p', 'Pulse'],
  ['g then f', 'Freshness'],
  ['g then a', 'Alerts'],
  ['g then c', 'Catalogue'],
  ['← →', 'walk through time on a chart'],
  ['Home End', 'oldest and newest window'],
  ['Esc', 'let go, close'],
  ['e', 'explain the number'],
  ['t', 'light or dark'],
] as readonly (readonly [string, string])[];
