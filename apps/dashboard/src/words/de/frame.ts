import type * as en from '../en/frame.js';

export const stages: typeof en.stages = {
  produce: 'Erzeugung',
  broker: 'Broker',
  ingest: 'Aufnahme',
  store: 'Speicher',
  serve: 'Auslieferung',
  paint: 'Anzeige',
};

export const stageMeanings: typeof en.stageMeanings = {
  produce: 'Erzeuger bis Log',
  broker: 'Log bis Leser',
  ingest: 'dekodieren, zählen',
  store: 'nach ClickHouse schreiben',
  serve: 'abfragen, senden',
  paint: 'Browser zeichnet',
};

export const frame: typeof en.frame = {
  product: 'Freshet',
  skip: 'Zum Inhalt springen',
  pulse: 'Puls',
  freshness: 'Aktualität',
  alerts: 'Alarme',
  catalogue: 'Katalog',
  pages: 'Seiten',
  find: 'Kennzahl suchen',
  findNone: 'Keine Kennzahl mit diesem Namen',
  keys: 'Tasten',
  keysTitle: 'Tastenkürzel',
  close: 'Schließen',
  menu: 'Menü',
  appearance: 'Darstellung',
  light: 'Hell',
  dark: 'Dunkel',
  system: 'Wie das System',
  language: 'Sprache',
  firing: (n) => `${n} ausgelöst`,
  signedInAs: (name, role) => `Angemeldet als ${name}, ${role}`,
  notFound: 'Diese Seite gibt es nicht',
  notFoundHint: 'Die Adresse ist vielleicht alt, oder die Kennzahl heißt jetzt anders.',
  toPulse: 'Zurück zum Puls',
  failed: 'Die Seite konnte nicht gezeichnet werden',
  reload: 'Neu laden',
  gatewayDown: 'Das Gateway antwortet nicht',
  gatewayDownHint:
    'Es wird alle paar Sekunden erneut gefragt. Falls es beendet wurde: mit npm start wieder starten.',
  loading: 'lädt',
};

export const keyList: typeof en.keyList = [
  ['/', 'Kennzahl suchen'],
  ['?', 'diese Liste'],
  ['g p', 'Puls'],
  ['g f', 'Aktualität'],
  ['g a', 'Alarme'],
  ['g c', 'Katalog'],
  ['← →', 'im Diagramm durch die Zeit gehen'],
  ['Home End', 'ältestes und neuestes Fenster'],
  ['Esc', 'loslassen, schließen'],
  ['e', 'die Zahl erklären'],
  ['t', 'hell oder dunkel'],
];
