import type { Team } from '@freshet/contracts';
import type { AlertTransition, AlertTransitions } from '@freshet/freshness';
import {
  Delivery,
  MemoryOutbox,
  openChannel,
  resolveAddresses,
  type Address,
  type DeliveryEvents,
  type NotificationSettings,
} from '@freshet/notifications';
import type { Logger } from 'pino';

export interface AlarmDeliveryParts {
  /** To begin with. */
  readonly teams: readonly Team[];
  readonly settings: NotificationSettings;
  /** Variables that `teams.yaml` refers to. */
  readonly environment: NodeJS.ProcessEnv;
  readonly logger: Logger;
}

/**
 * The way by which ingest itself tells people that nobody evaluates: the same addresses, messages and retries as the
 * gateways', but none of their processes. What was told is kept in memory: after a crash the same silence is found
 * under the same key.
 */
export class AlarmDelivery implements AlertTransitions {
  readonly #parts: AlarmDeliveryParts;
  readonly #delivery: Delivery;
  #teams: readonly Team[];

  constructor(parts: AlarmDeliveryParts) {
    const { teams, settings, logger } = parts;
    this.#parts = parts;
    this.#teams = teams;
    const addresses = this.#addresses();
    const { publicUrl = '', runbooksUrl, mailServer } = settings;
    this.#delivery = new Delivery({
      addresses,
      channelOf: (address) => openChannel(address, { publicUrl, runbooksUrl }, mailServer),
      outbox: new MemoryOutbox(),
      clock: { nowMs: () => Date.now() },
      random: Math.random,
      events: logged(logger),
    });
  }

  /** Team that answers for the gateways; empty: none does. */
  get owner(): string {
    return this.#teams.find(({ stages }) => stages?.includes('serve'))?.name ?? '';
  }

  /** Takes other teams into use. */
  follow(teams: readonly Team[]): void {
    this.#teams = teams;
    this.#delivery.follow(this.#addresses());
  }

  async take(transitions: readonly AlertTransition[]): Promise<void> {
    await this.#delivery.take(transitions);
    this.pass();
  }

  /** Call it every few seconds; it never waits. */
  pass(): void {
    if (this.#delivery.waiting > 0) void this.#delivery.pass();
  }

  close(): void {
    this.#delivery.close();
  }

  #addresses(): readonly Address[] {
    const { environment, settings } = this.#parts;
    return resolveAddresses(this.#teams, environment, settings.mailServer !== undefined).addresses;
  }
}

function logged(logger: Logger): DeliveryEvents {
  return {
    sent: (notice, tookMs) => logger.info({ notice: notice.key, tookMs }, 'told that nobody evaluates'),
    failed: (notice, reason) => logger.warn({ notice: notice.key, reason }, 'could not tell; tried again'),
    gaveUp: (notice, reason) => logger.error({ notice: notice.key, reason }, 'told nobody: given up'),
    unaddressed: (team) =>
      logger.error({ team }, 'nobody evaluates, and no address of this team can be used'),
    outboxFailed: (reason) => logger.warn({ reason }, 'the outbox does not answer'),
  };
}
