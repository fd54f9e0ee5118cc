import type * as en from '../en/pulse.js';
import { plural } from '../plural.js';

export const compare: typeof en.compare = {
  yesterday: 'gestern',
  lastWeek: (weekday) => `letzten ${weekday}`,
  previous: 'Zeitraum davor',
  above: (what) => `über ${what}`,
  below: (what) => `unter ${what}`,
  same: (what) => `wie ${what}`,
  noYesterday: 'noch kein Gestern',
  points: 'Pkt.',
};

export const sentence: typeof en.sentence = {
  loading: 'Kennzahlen werden gelesen',
  none: 'Noch keine Kennzahl definiert',
  noneHint: 'Eine Datei in catalog/metrics anlegen und neu starten.',
  allFresh: (n) => `Alle ${n} Kennzahlen aktuell`,
  oneFresh: 'Die eine Kennzahl ist aktuell',
  slowest: (behind) => `langsamste ${behind} zurück`,
  stale: (title, behind) => `${title}: seit ${behind} veraltet`,
  manyStale: (n, all) => `${n} von ${all} Kennzahlen sind veraltet`,
  waiting: (stage, owner) => `wartet bei ${stage}, zuständig ist ${owner}`,
  waitingAt: (stage) => `warten bei ${stage}`,
  worst: (title, behind) => `${title} ${behind} zurück`,
  catchingUp: (behind) => `Holt auf, ${behind} zurück`,
  catchingUpStart: 'Holt auf, was schon im Log steht',
  catchingUpLeft: (messages) => `noch ${plural(messages, 'Nachricht', 'Nachrichten')} zu lesen`,
  catchingUpHint: 'Die Zahlen unten stimmen, soweit sie reichen; neuere folgen von selbst.',
  progress: (share) => `${share} gelesen, seit diese Seite offen ist`,
  unknown: (n) => `Noch kein Nachweis, wie aktuell ${plural(n, 'Kennzahl ist', 'Kennzahlen sind')}`,
  reconnecting: 'Verbindung verloren',
  reconnectingAt: (time) => `Zahlen vom Stand ${time}`,
  nextTry: (wait) => `nächster Versuch in ${wait}`,
  trying: 'neuer Versuch läuft',
  refused: 'Das Gateway hat diese Seite abgewiesen',
  silent: 'Das Gateway schweigt',
  silentHint: 'Die Verbindung steht, aber seit einigen Sekunden wurde nichts zur Aktualität gesagt.',
  steady: 'Nichts fällt gegenüber gestern auf',
};

export const tile: typeof en.tile = {
  behind: (behind, target) => `${behind} zurück, Ziel ${target}`,
  stale: (behind) => `Veraltet ${behind}`,
  alert: (age) => `Alarm ${age}`,
  reconnecting: 'Verbindet neu',
  quiet: 'Ruhig',
  gap: (length) => `Lücke ${length}`,
  error: 'Fehler',
  noAccess: 'Kein Zugriff',
  catchingUp: 'Holt auf',
  unknown: 'Unbelegt',
  filling: 'Füllt sich',
  filledTo: (time) => `Ereignisse von ${time} treffen ein`,
  fillingHint: 'über später ist noch nichts bekannt',
  asOf: 'Stand',
  noAsOf: 'noch kein Nachweis',
  at: 'um',
  waitingAt: 'bei',
  noValue: 'Kein Wert',
  noValueYet: 'Noch kein Wert',
  nothingInRange: 'nichts in der letzten Stunde',
  firstSoon: 'das erste Fenster ist noch offen',
  hidden: 'Verborgen',
  askOwner: (owner) => `${owner} fragen`,
  needsRole: 'Ihre Rolle darf sie nicht sehen',
  retrying: (wait) => `Neuer Versuch in ${wait}`,
  retryingSoon: 'Wird von selbst erneut versucht',
  details: 'Einzelheiten',
  readToEnd: 'Log bis zum Ende gelesen',
  notCounted: (from, to) => `${from} bis ${to} nicht gezählt`,
  revised: (time, late) => `${time} berichtigt, ${late} verspätet`,
  slowAt: (behind, stage) => `${behind} · langsam bei ${stage}`,
  left: (messages) => `${plural(messages, 'Nachricht', 'Nachrichten')} zu lesen`,
  partial: 'Reihen gefaltet',
  nextTry: (wait) => `nächster Versuch in ${wait}`,
  soFar: (value) => `${value} bisher`,
  openMinute: 'offene Minute',
  other: '(andere)',
  none: '(keine)',
  chart: (title, from, to, first, last) =>
    `${title} von ${from} bis ${to}: anfangs ${first}, zuletzt ${last}`,
  openMetric: (title) => `${title} öffnen`,
  splitBy: (dimension) => `nach ${dimension}`,
};

export const team: typeof en.team = {
  slowest: (behind) => `langsamste ${behind}`,
  stale: (n) => `${n} veraltet`,
  alerts: (n) => plural(n, 'Alarm', 'Alarme'),
  catchingUp: 'holt auf',
  unproven: 'unbelegt',
};

export const rail: typeof en.rail = {
  target: 'Ziel',
  label: (n) => `Wie weit jede von ${n} Kennzahlen zurück ist, als Anteil ihres Ziels`,
};

export const legend: typeof en.legend = {
  values: (time) => `Werte sind das letzte geschlossene Fenster, bis ${time}`,
  valuesNone: 'Werte sind das letzte geschlossene Fenster',
  open: 'offenes Fenster, bisher gezählt',
  yesterday: 'gestern',
  revised: 'nach verspäteten Ereignissen berichtigt',
  gauge: 'Sekunden zurück, Anteil des Ziels',
  zone: (zone) => `Zeiten in ${zone}`,
};
