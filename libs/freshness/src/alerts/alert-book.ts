import type { Alert, AlertStatus } from '@freshet/live-protocol';
import type { AlertDecision } from './decision.js';
import { describe } from './describe.js';
import type { Finding } from './finding.js';
import type { AlertTransition } from './transitions.js';

/** A subject whose alert has not fired is forgotten when it was well for this long. */
const PENDING_CLEAR_MS = 2_000;
/** A metric whose fault moved to another stage for this long moves to that stage's alert. */
const MOVE_AFTER_MS = 30_000;
/** Resolved alerts are kept in mind this long, and this many of them. */
const KEEP_RESOLVED_MS = 86_400_000;
const KEEP_RESOLVED = 500;

/** One subject that is bad, or was until less than `clearMs` ago. */
interface Subject {
  group: string;
  sinceMs: number;
  /** Since when it has been well without a break. */
  okSinceMs: number | null;
  otherGroup: string | null;
  otherSinceMs: number;
  finding: Finding;
}

/** What has to be kept so that another evaluator goes on where this one stopped. */
export interface AlertRecord {
  readonly alert: Alert;
  /** Status changes so far: numbers the transitions. */
  readonly changes: number;
  readonly subjects: readonly SubjectRecord[];
}

interface SubjectRecord {
  readonly sinceMs: number;
  readonly okSinceMs: number | null;
  readonly finding: Finding;
}

interface Entry {
  alert: Alert;
  changes: number;
  /** Changed since it was last taken for storing. */
  isDirty: boolean;
}

/**
 * Turns findings into alerts: one alert a cause, with a life cycle that a person can rely on. It fires when a
 * subject was bad for its whole `holdMs`, and resolves only when each of its subjects was SEEN to be well for its
 * `clearMs`: a subject that is no longer told of stays as it was. Pure: time comes with every call.
 */
export class AlertBook {
  readonly #subjects = new Map<string, Subject>();
  /** Open alerts by key. */
  readonly #open = new Map<string, Entry>();
  #resolved: Entry[] = [];
  readonly #silences = new Map<string, NonNullable<Alert['silenced']>>();

  /** Goes on from what another evaluator kept. Forgets everything else. */
  restore(records: readonly AlertRecord[], decisions: readonly AlertDecision[], nowMs: number): void {
    this.#subjects.clear();
    this.#open.clear();
    this.#resolved = [];
    this.#silences.clear();
    for (const { alert, changes, subjects } of records) {
      const entry = { alert, changes, isDirty: false };
      if (alert.status === 'resolved') {
        this.#resolved.push(entry);
        continue;
      }
      this.#open.set(alert.key, entry);
      for (const { sinceMs, okSinceMs, finding } of subjects) {
        const rest = { otherGroup: null, otherSinceMs: 0, finding };
        this.#subjects.set(finding.subject, { group: alert.key, sinceMs, okSinceMs, ...rest });
      }
    }
    for (const decision of decisions) this.decide(decision, nowMs);
  }

  /** A decision about an alert that is not open any more has no effect; so has one that is told again. */
  decide(decision: AlertDecision, nowMs: number): void {
    if (decision.kind === 'silence') {
      const { by, atMs, untilMs, reason } = decision;
      if (untilMs > nowMs) this.#silences.set(decision.key, { by, atMs, untilMs, reason });
      else this.#silences.delete(decision.key);
      return;
    }
    for (const entry of this.#open.values()) {
      if (entry.alert.id !== decision.id || entry.alert.acknowledged !== null) continue;
      const { by, atMs, note } = decision;
      entry.alert = { ...entry.alert, acknowledged: { by, atMs, note } };
      entry.isDirty = true;
    }
  }

  /** Takes one evaluation of every subject; O(subjects). @returns status changes, in order */
  evaluate(nowMs: number, findings: readonly Finding[]): AlertTransition[] {
    for (const finding of findings) this.#take(finding, nowMs);
    for (const [key, silence] of this.#silences) if (silence.untilMs <= nowMs) this.#silences.delete(key);
    const groups = new Map<string, Subject[]>();
    for (const subject of this.#subjects.values()) {
      const group = groups.get(subject.group);
      if (group === undefined) groups.set(subject.group, [subject]);
      else group.push(subject);
    }
    const transitions: AlertTransition[] = [];
    for (const [key, subjects] of groups) transitions.push(...this.#update(key, subjects, nowMs));
    for (const [key, entry] of this.#open) {
      if (groups.has(key)) continue;
      transitions.push(...this.#resolve(key, entry, nowMs));
    }
    this.#resolved = this.#resolved
      .filter(({ alert, isDirty }) => isDirty || nowMs - (alert.resolvedAtMs ?? 0) < KEEP_RESOLVED_MS)
      .slice(-KEEP_RESOLVED);
    return transitions;
  }

  /** What a person took away, or what has ended, is judged no more: its part in an alert ends. */
  retire(isKnown: (finding: Finding) => boolean): void {
    for (const [name, { finding }] of this.#subjects) if (!isKnown(finding)) this.#subjects.delete(name);
  }

  /** True while the subject is in an alert that has fired. */
  isTold(subject: string): boolean {
    const known = this.#subjects.get(subject);
    return known !== undefined && this.#hasFired(known.group);
  }

  /** Open alerts, oldest first, then those that fired and were resolved in the last day, newest first. */
  alerts(): Alert[] {
    const open = [...this.#open.values()].map(({ alert }) => alert);
    const resolved = this.#resolved.map(({ alert }) => alert).filter(({ firedAtMs }) => firedAtMs !== null);
    return [...open.sort((a, b) => a.sinceMs - b.sinceMs), ...resolved.reverse()];
  }

  /** What has changed since the last call and has to be stored; give it back with `failed` when it was not. */
  takeDirty(): AlertRecord[] {
    const dirty = [...this.#open.values(), ...this.#resolved].filter(({ isDirty }) => isDirty);
    return dirty.map((entry) => {
      entry.isDirty = false;
      return this.#record(entry);
    });
  }

  /** They were not stored: `takeDirty` gives their newest state again. */
  failed(records: readonly AlertRecord[]): void {
    const ids = new Set(records.map(({ alert }) => alert.id));
    for (const entry of [...this.#open.values(), ...this.#resolved]) {
      if (ids.has(entry.alert.id)) entry.isDirty = true;
    }
  }

  #record({ alert, changes }: Entry): AlertRecord {
    const subjects = [...this.#subjects.values()]
      .filter(({ group }) => group === alert.key && alert.status !== 'resolved')
      .map(({ sinceMs, okSinceMs, finding }) => ({ sinceMs, okSinceMs, finding }));
    return { alert, changes, subjects };
  }

  #take(finding: Finding, nowMs: number): void {
    const known = this.#subjects.get(finding.subject);
    const hasFired = known !== undefined && this.#hasFired(known.group);
    switch (finding.outcome) {
      case 'bad':
        if (known === undefined) {
          const rest = { okSinceMs: null, otherGroup: null, otherSinceMs: 0, finding };
          this.#subjects.set(finding.subject, { group: finding.group, sinceMs: nowMs, ...rest });
        } else {
          known.okSinceMs = null;
          this.#move(known, finding, hasFired, nowMs);
          // Until the fault has moved for good, the alert goes on naming the stage, owner and evidence that it has.
          const { behindMs = null } = finding;
          known.finding =
            known.group === finding.group ? finding : { ...known.finding, outcome: 'bad', behindMs };
        }
        return;
      case 'ok':
        if (known === undefined) return;
        known.okSinceMs ??= nowMs;
        if (nowMs - known.okSinceMs >= (hasFired ? finding.clearMs : PENDING_CLEAR_MS)) {
          this.#subjects.delete(finding.subject);
        }
        return;
      default:
        if (known === undefined) return;
        known.okSinceMs = null;
        known.finding = { ...known.finding, outcome: finding.outcome, detail: finding.detail };
    }
  }

  #hasFired(group: string): boolean {
    return (this.#open.get(group)?.alert.firedAtMs ?? null) !== null;
  }

  #move(subject: Subject, finding: Finding, hasFired: boolean, nowMs: number): void {
    if (finding.group === subject.group || finding.keepsGroup === true) {
      subject.otherGroup = null;
    } else if (!hasFired) {
      subject.group = finding.group;
    } else if (subject.otherGroup !== finding.group) {
      subject.otherGroup = finding.group;
      subject.otherSinceMs = nowMs;
    } else if (nowMs - subject.otherSinceMs >= MOVE_AFTER_MS) {
      subject.group = finding.group;
      subject.otherGroup = null;
    }
  }

  #update(key: string, subjects: readonly Subject[], nowMs: number): AlertTransition[] {
    const known = this.#open.get(key);
    const sinceMs = known?.alert.sinceMs ?? Math.min(...subjects.map((subject) => subject.sinceMs));
    const isDue = subjects.some(
      (subject) => subject.finding.outcome === 'bad' && nowMs - subject.sinceMs >= subject.finding.holdMs,
    );
    const firedAtMs = known?.alert.firedAtMs ?? (isDue ? nowMs : null);
    const silenced = this.#silences.get(key) ?? null;
    const acknowledged = known?.alert.acknowledged ?? null;
    const status: AlertStatus =
      firedAtMs === null ? 'pending' : silenced ? 'silenced' : acknowledged ? 'acknowledged' : 'firing';
    const before = known?.alert;
    const id = before?.id ?? `${key}@${sinceMs}`;
    const alert = {
      ...describe(key, subjects, before),
      id,
      link: `/alerts?id=${encodeURIComponent(id)}`,
      ...{ status, sinceMs, firedAtMs, resolvedAtMs: null, evaluatedAtMs: nowMs, acknowledged, silenced },
    };
    const entry = known ?? { alert, changes: 0, isDirty: true };
    entry.alert = alert;
    this.#open.set(key, entry);
    if (before !== undefined && alert.metrics.length !== before.metrics.length) entry.isDirty = true;
    return this.#told(entry, before?.status ?? null, nowMs);
  }

  #resolve(key: string, entry: Entry, nowMs: number): AlertTransition[] {
    const before = entry.alert.status;
    const members = entry.alert.members.map((member) => ({ ...member, open: false }));
    entry.alert = {
      ...entry.alert,
      status: 'resolved',
      resolvedAtMs: nowMs,
      evaluatedAtMs: nowMs,
      members,
    };
    this.#open.delete(key);
    this.#resolved.push(entry);
    return this.#told(entry, before, nowMs);
  }

  #told(entry: Entry, from: AlertStatus | null, atMs: number): AlertTransition[] {
    const { alert } = entry;
    if (from === alert.status) return [];
    entry.isDirty = true;
    entry.changes++;
    return [{ key: `${alert.id}/${entry.changes}`, alert, from, to: alert.status, atMs }];
  }
}
