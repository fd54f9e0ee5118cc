import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { isTimeZone } from './contract-fields.js';
import { unreadable } from './files.js';
import { type CatalogueProblem, ProblemList } from './problem.js';
import { Section } from './section.js';
import { readYaml } from './yaml.js';

/** Whose numbers these are, and how they are written for people. */
export interface Business {
  readonly name: string;
  /** IANA; days on the dashboard are days there. */
  readonly timeZone: string;
  /** ISO 4217 code that money is shown in first. */
  readonly currency: string;
  /** BCP 47. */
  readonly locale: string;
}

export interface Team {
  /** As in `owner`. */
  readonly name: string;
  /** For people, e.g. `Sales`. */
  readonly title: string;
}

export interface Loaded<T> {
  /** Absent when there is any problem. */
  readonly value: T | undefined;
  readonly problems: readonly CatalogueProblem[];
}

/** Loads `business.yaml`. */
export function loadBusiness(path: string): Loaded<Business> {
  return load(path, parseBusiness);
}

/** Loads `teams.yaml`: the teams that may own contracts and metrics. */
export function loadTeams(path: string): Loaded<readonly Team[]> {
  return load(path, parseTeams);
}

export function parseBusiness(text: string, file: string): Loaded<Business> {
  return parse(text, file, ['name', 'timeZone', 'currency', 'locale'], (section) => {
    const name = section.text('name');
    const timeZone = section.text('timeZone');
    if (timeZone !== undefined && !isTimeZone(timeZone)) {
      section.report('timeZone', `"${timeZone}" is not a time zone`, 'Use an IANA name.', {
        found: timeZone,
        candidates: Intl.supportedValuesOf('timeZone'),
      });
    }
    const currency = section.name('currency', /^[A-Z]{3}$/, 'an ISO 4217 code such as GBP');
    const locale = section.text('locale');
    if (locale !== undefined && !isLocale(locale)) {
      section.report('locale', `"${locale}" is not a locale`, 'Write a BCP 47 tag such as en-GB.');
    }
    if (!name || !timeZone || !currency || !locale) return undefined;
    return { name, timeZone, currency, locale };
  });
}

export function parseTeams(text: string, file: string): Loaded<readonly Team[]> {
  return parse(text, file, ['teams'], (section) => {
    section.required('teams');
    const teams: Team[] = [];
    for (const item of section.items('teams')) {
      const team = Section.open(item, ['name', 'title'], section.problems);
      const name = team?.name('name', /^[a-z][a-z0-9-]{0,63}$/, 'a name of a-z, 0-9 and -');
      const title = team?.text('title');
      if (team === undefined || name === undefined || title === undefined) continue;
      if (teams.some((other) => other.name === name)) {
        team.report('name', `"${name}" is listed twice`, 'Remove one.');
      }
      teams.push({ name, title });
    }
    return teams;
  });
}

function load<T>(path: string, parseText: (text: string, file: string) => Loaded<T>): Loaded<T> {
  const file = basename(path);
  try {
    return parseText(readFileSync(path, 'utf8'), file);
  } catch (error) {
    return { value: undefined, problems: [unreadable(file, error)] };
  }
}

function parse<T>(
  text: string,
  file: string,
  keys: readonly string[],
  read: (section: Section) => T | undefined,
): Loaded<T> {
  const problems = new ProblemList(file);
  const root = readYaml(text, problems);
  const section = root && Section.open(root, keys, problems);
  const value = section && read(section);
  return { value: problems.isEmpty ? value : undefined, problems: problems.all() };
}

function isLocale(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    return false;
  }
}
