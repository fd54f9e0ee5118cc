import type { ClickHouseClient } from '@clickhouse/client';
import type { Team } from '@freshet/contracts';
import type { AlertTransition, AlertTransitions } from '@freshet/freshness';
import type { Clock } from '@freshet/live-hub';
import {
  Delivery,
  openChannel,
  resolveAddresses,
  type Address,
  type DeliveryEvents,
  type Links,
  type Notice,
} from '@freshet/notifications';
import type { Logger } from 'pino';
import type { GatewayConfig } from '../config.js';
import type { Telemetry } from '../telemetry/telemetry.js';
import { ClickHouseOutbox } from './clickhouse-outbox.js';

export interface NotifierParts {
  readonly settings: GatewayConfig['notifications'];
  /** To begin with. */
  readonly teams: readonly Team[];
  /** Variables that `teams.yaml` refers to. */
  readonly environment: NodeJS.ProcessEnv;
  /** The gateway's own address, where no other one is set. */
  readonly ownUrl: string;
  /** Answers soon or fails: pages wait for it. The user may insert into `freshet.notifications_log`. */
  readonly client: ClickHouseClient;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly log: Logger;
}

/** Injection token; undefined is provided where nobody is told. */
export const NOTIFIER = Symbol('notifier');

const PASS_EVERY_MS = 500;

/** Tells teams of alerts while this gateway is the one that evaluates them. */
export class Notifier implements AlertTransitions {
  readonly #parts: NotifierParts;
  readonly #delivery: Delivery;
  readonly #clock: Clock;
  #unusable: readonly string[] = [];
  #isActive = false;
  #passedMs = -Infinity;

  constructor(parts: NotifierParts) {
    const { settings, ownUrl, client, clock, telemetry, log } = parts;
    const { publicUrl = ownUrl, runbooksUrl, mailServer } = settings;
    const links: Links = { publicUrl, runbooksUrl };
    this.#parts = parts;
    this.#clock = clock;
    this.#delivery = new Delivery({
      addresses: this.#addressesOf(parts.teams),
      channelOf: (address) => openChannel(address, links, mailServer),
      outbox: new ClickHouseOutbox(client),
      clock,
      random: Math.random,
      events: told(telemetry, log),
    });
    telemetry.watch(
      'freshet_notifications_waiting',
      'Notices that wait for hours, or for an address; zero where another gateway evaluates.',
      () => this.#delivery.waiting,
    );
    telemetry.watch(
      'freshet_notifications_overdue_seconds',
      'For how long the oldest notice waits that nothing but its address keeps.',
      () => this.#delivery.overdueMs / 1000,
    );
    telemetry.watch(
      'freshet_notifications_unusable_addresses',
      'Addresses of teams.yaml that cannot be used: a variable is not set.',
      () => this.#unusable.length,
    );
  }

  take(transitions: readonly AlertTransition[]): Promise<void> {
    return this.#delivery.take(transitions);
  }

  /** Call it several times a second; it never waits. `isActive`: this gateway evaluates. */
  step(isActive: boolean): void {
    const isNew = isActive && !this.#isActive;
    this.#isActive = isActive;
    const nowMs = this.#clock.nowMs();
    if (!isActive || nowMs - this.#passedMs < PASS_EVERY_MS) return;
    this.#passedMs = nowMs;
    void (isNew ? this.#delivery.recall() : Promise.resolve()).then(() => this.#delivery.pass());
  }

  /** Takes other teams into use: their addresses and hours. */
  follow(teams: readonly Team[]): void {
    this.#delivery.follow(this.#addressesOf(teams));
  }

  close(): void {
    this.#delivery.close();
  }

  #addressesOf(teams: readonly Team[]): readonly Address[] {
    const { environment, settings, log } = this.#parts;
    const { addresses, unusable } = resolveAddresses(teams, environment, settings.mailServer !== undefined);
    log.info({ addresses: addresses.map(({ name }) => name) }, 'teams are told of alerts');
    if (unusable.length > 0) log.warn({ unusable }, 'addresses of teams.yaml that cannot be used');
    this.#unusable = unusable;
    return addresses;
  }
}

function told(telemetry: Telemetry, log: Logger): DeliveryEvents {
  const count = ({ team, address }: Notice, outcome: 'sent' | 'failed' | 'given_up'): void =>
    telemetry.notified(team, address.split('/')[1] ?? '', outcome);
  return {
    sent: (notice, tookMs) => {
      count(notice, 'sent');
      log.info({ notice: notice.key, status: notice.status, tookMs }, 'told a team of an alert');
    },
    failed: (notice, reason) => {
      count(notice, 'failed');
      log.warn({ notice: notice.key, reason }, 'a team could not be told of an alert; tried again');
    },
    gaveUp: (notice, reason) => {
      count(notice, 'given_up');
      log.error({ notice: notice.key, reason }, 'a team was not told of an alert: given up after three days');
    },
    unaddressed: (team, alertKey) => {
      telemetry.notified(team, 'none', 'unaddressed');
      log.error({ team, alertKey }, 'an alert fires and its team has no address that can be used');
    },
    outboxFailed: (reason) =>
      log.warn({ reason }, 'the outbox does not answer; notices are sent from memory'),
  };
}
