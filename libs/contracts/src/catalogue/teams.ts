import {
  OWNED_STAGES,
  SEVERITIES,
  TEAM_NAME,
  teamsForm,
  TIME_OF_DAY,
  VARIABLE_NAME,
  WEEKDAYS,
} from '../form/teams-form.js';
import { isTimeZone } from './contract-fields.js';
import { type Loaded, loadCatalogueFile, parseCatalogueText } from './single-file.js';
import { Section } from './section.js';
import { type YamlValue } from './yaml.js';

/** A team that may own contracts, metrics and stages, and how it is told that something is wrong. */
export interface Team {
  /** As in `owner`. */
  readonly name: string;
  /** For people, e.g. `Sales`. */
  readonly title: string;
  /** Stages of the pipeline that are its own for every metric; absent: none. */
  readonly stages?: readonly OwnedStage[];
  /** Where its alerts go; empty: they are only shown. */
  readonly addresses: readonly TeamAddress[];
  /** When tickets are delivered; absent: at any time. Pages are always delivered. */
  readonly hours?: TeamHours;
}

export type OwnedStage = (typeof OWNED_STAGES)[number];

export type AlertSeverity = (typeof SEVERITIES)[number];

/** A URL as it stands, or the environment variable that has it. */
export type UrlReference = { readonly url: string } | { readonly environment: string };

export type TeamAddress = {
  /** What goes there; never empty. */
  readonly severities: readonly AlertSeverity[];
} & (
  | {
      /** Takes Alertmanager's webhook payload, version 4. */
      readonly kind: 'webhook';
      readonly target: UrlReference;
      /** Environment variable with a token, sent as `Authorization: Bearer …`. */
      readonly tokenEnvironment?: string;
    }
  /** Takes `{ text, attachments }`, as Slack's incoming webhooks do; the URL is a secret. */
  | { readonly kind: 'slack'; readonly target: { readonly environment: string } }
  | { readonly kind: 'email'; readonly to: readonly string[] }
);

export type Weekday = (typeof WEEKDAYS)[number];

export interface TeamHours {
  /** IANA. */
  readonly timeZone: string;
  readonly days: readonly Weekday[];
  /** Minutes after local midnight, 0 to 1,439. */
  readonly fromMinute: number;
  /** Exclusive; later than `fromMinute`, at most 1,440. */
  readonly toMinute: number;
}

/** Loads `teams.yaml`: the teams that may own contracts and metrics. */
export function loadTeams(path: string): Loaded<readonly Team[]> {
  return loadCatalogueFile(path, parseTeams);
}

export function parseTeams(text: string, file: string): Loaded<readonly Team[]> {
  return parseCatalogueText(text, file, Object.keys(teamsForm.shape), (section) => {
    section.required('teams');
    const teams: Team[] = [];
    for (const item of section.items('teams')) {
      const team = Section.open(item, ['name', 'title', 'stages', 'addresses', 'hours'], section.problems);
      const name = team?.name('name', TEAM_NAME, 'a name of a-z, 0-9 and -');
      const title = team?.text('title');
      if (team === undefined || name === undefined || title === undefined) continue;
      if (teams.some((other) => other.name === name)) {
        team.report('name', `"${name}" is listed twice`, 'Remove one.');
      }
      const addresses = team.items('addresses').flatMap((entry) => readAddress(entry, team) ?? []);
      const hours = readHours(team);
      const stages = readStages(team);
      const taken = stages.find((stage) => teams.some((other) => other.stages?.includes(stage)));
      if (taken !== undefined) team.report('stages', `"${taken}" has an owner already`, 'Leave it with one.');
      teams.push({
        name,
        title,
        ...(stages.length === 0 ? {} : { stages }),
        addresses,
        ...(hours === undefined ? {} : { hours }),
      });
    }
    return teams;
  });
}

function readStages(section: Section): OwnedStage[] {
  return section.leaves('stages').flatMap((leaf) => {
    const stage = OWNED_STAGES.find((known) => known === leaf.text);
    if (stage !== undefined) return stage;
    const hint = `Use: ${OWNED_STAGES.join(', ')}.`;
    const nearest = { found: leaf.text, candidates: OWNED_STAGES };
    section.problems.add(leaf, `${leaf.path}: "${leaf.text}" is no stage that a team can own`, hint, nearest);
    return [];
  });
}

const KINDS = ['webhook', 'slack', 'email'] as const;

function readAddress(item: YamlValue, team: Section): TeamAddress | undefined {
  const section = Section.open(item, [...KINDS, 'for'], team.problems);
  if (section === undefined) return undefined;
  const [kind, ...others] = KINDS.filter((known) => section.has(known));
  if (kind === undefined || others.length > 0) {
    team.problems.add(
      item,
      `${item.path}: an address is one of webhook, slack and email`,
      'Give each address an entry of its own, such as "- email: [someone@example.org]".',
    );
    return undefined;
  }
  const severities = readSeverities(section);
  if (kind === 'email') {
    const to = readMailboxes(section);
    return to.length === 0 ? undefined : { kind, severities, to };
  }
  if (kind === 'slack') {
    const slack = section.section('slack', ['urlFrom']);
    const environment = slack && readVariable(slack, 'urlFrom');
    return environment === undefined ? undefined : { kind, severities, target: { environment } };
  }
  const webhook = section.section('webhook', ['url', 'urlFrom', 'tokenFrom']);
  const target = webhook && readTarget(webhook);
  if (webhook === undefined || target === undefined) return undefined;
  const tokenEnvironment = webhook.has('tokenFrom') ? readVariable(webhook, 'tokenFrom') : undefined;
  return { kind, severities, target, ...(tokenEnvironment === undefined ? {} : { tokenEnvironment }) };
}

function readSeverities(section: Section): readonly AlertSeverity[] {
  if (!section.has('for')) return SEVERITIES;
  const found = section.leaves('for').flatMap((leaf) => {
    const severity = SEVERITIES.find((known) => known === leaf.text);
    if (severity !== undefined) return severity;
    section.problems.add(
      leaf,
      `${leaf.path}: "${leaf.text}" is not known`,
      `Use: ${SEVERITIES.join(', ')}.`,
      {
        found: leaf.text,
        candidates: SEVERITIES,
      },
    );
    return [];
  });
  if (found.length === 0) section.report('for', 'names nothing', 'Leave it out: then everything goes there.');
  return found;
}

function readMailboxes(section: Section): readonly string[] {
  const leaves = section.leaves('email');
  if (leaves.length === 0) section.report('email', 'names nobody', 'List at least one address.');
  return leaves.map((leaf) => {
    if (!/^[^\s@<>,;]+@[^\s@<>,;]+$/.test(leaf.text)) {
      section.problems.add(leaf, `${leaf.path}: "${leaf.text}" is no e-mail address`, 'Write name@domain.');
    }
    return leaf.text;
  });
}

function readTarget(webhook: Section): UrlReference | undefined {
  if (webhook.has('url') === webhook.has('urlFrom')) {
    webhook.problems.add(
      webhook.map,
      `${webhook.map.path}: give either url or urlFrom`,
      'Use urlFrom, with the name of an environment variable, when the URL is a secret.',
    );
    return undefined;
  }
  if (webhook.has('urlFrom')) {
    const environment = readVariable(webhook, 'urlFrom');
    return environment === undefined ? undefined : { environment };
  }
  const url = webhook.text('url');
  if (url === undefined) return undefined;
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol)) {
    return webhook.report('url', `"${url}" is no http or https URL`, 'Write it whole, with https://.');
  }
  if (parsed.username !== '' || parsed.password !== '') {
    return webhook.report(
      'url',
      'has a password in it',
      'Put the URL into an environment variable, and its name into urlFrom.',
    );
  }
  return { url };
}

/** The name of an environment variable; a secret written in its place is refused without being repeated. */
function readVariable(section: Section, key: string): string | undefined {
  const text = section.text(key);
  if (text === undefined || VARIABLE_NAME.test(text)) return text;
  return section.report(
    key,
    'is not the name of an environment variable',
    'Write a name of A-Z, 0-9 and _; the secret itself does not belong in this file.',
  );
}

function readHours(team: Section): TeamHours | undefined {
  const hours = team.optionalSection('hours', ['timeZone', 'days', 'from', 'to']);
  if (hours === undefined) return undefined;
  const timeZone = hours.text('timeZone');
  if (timeZone !== undefined && !isTimeZone(timeZone)) {
    hours.report('timeZone', `"${timeZone}" is not a time zone`, 'Use an IANA name.', {
      found: timeZone,
      candidates: Intl.supportedValuesOf('timeZone'),
    });
  }
  const days = readDays(hours);
  const fromMinute = readMinute(hours, 'from');
  const toMinute = readMinute(hours, 'to');
  if (timeZone === undefined || fromMinute === undefined || toMinute === undefined) return undefined;
  if (toMinute <= fromMinute) {
    hours.report('to', 'is not later than "from"', 'Hours lie within one day, such as 09:00 to 17:30.');
  }
  return { timeZone, days, fromMinute, toMinute };
}

function readDays(hours: Section): readonly Weekday[] {
  if (hours.required('days') === undefined) return [];
  const leaves = hours.leaves('days');
  if (leaves.length === 0) hours.report('days', 'names no day', `List some of: ${WEEKDAYS.join(', ')}.`);
  return leaves.flatMap((leaf) => {
    const day = WEEKDAYS.find((known) => known === leaf.text);
    if (day !== undefined) return day;
    hours.problems.add(leaf, `${leaf.path}: "${leaf.text}" is not a day`, `Use: ${WEEKDAYS.join(', ')}.`, {
      found: leaf.text,
      candidates: WEEKDAYS,
    });
    return [];
  });
}

function readMinute(hours: Section, key: string): number | undefined {
  const text = hours.text(key);
  if (text === undefined) return undefined;
  const found = TIME_OF_DAY.exec(text);
  const hour = Number(found?.[1]);
  const minute = Number(found?.[2]);
  if (found && minute < 60 && hour * 60 + minute <= 24 * 60) return hour * 60 + minute;
  return hours.report(key, `"${text}" is not a time of day`, 'Write it in quotes, such as "09:00".');
}
