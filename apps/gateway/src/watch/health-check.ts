import { Inject, Injectable } from '@nestjs/common';
import type { Health } from '@freshet/live-protocol';
import { Catalogue } from '../catalogue/catalogue.js';
import { SourceWatch } from './source-watch.js';

type Check = Health['checks'][string];

/** Red when the store, the broker or ingest is: each check with its evidence. */
@Injectable()
export class HealthCheck {
  constructor(
    @Inject(SourceWatch) private readonly watch: SourceWatch,
    @Inject(Catalogue) private readonly catalogue: Catalogue,
  ) {}

  check(): Health {
    const nowMs = Date.now();
    const checks: Record<string, Check> = {
      store: this.#store(nowMs),
      broker: this.#broker(),
      ingest: this.#ingest(),
      catalogue: this.#catalogue(),
    };
    const isRed = Object.values(checks).some((check) => check.status === 'red');
    return { status: isRed ? 'red' : 'ok', checks };
  }

  #store(nowMs: number): Check {
    const { store } = this.watch;
    if (store === undefined) return red('not asked yet');
    if (store.kind === 'fails')
      return red(`no answer for ${seconds(nowMs - store.sinceMs)}: ${store.message}`);
    return ok(`read ${seconds(nowMs - store.readAtMs)} ago`);
  }

  #broker(): Check {
    const said = this.watch.topics.map((topic) => ({ topic, evidence: this.watch.broker(topic) }));
    const failed = said.find(({ evidence }) => evidence.kind === 'fails');
    if (failed?.evidence.kind === 'fails') return red(`${failed.topic}: ${failed.evidence.message}`);
    if (said.every(({ evidence }) => evidence.kind === 'not_watched')) {
      return ok('not asked: KAFKA_BROKERS is not set, or no answer came yet');
    }
    return ok(`answers for ${said.map(({ topic }) => topic).join(', ')}`);
  }

  /** A refused change is told, and is no reason to restart anything: what ran before goes on. */
  #catalogue(): Check {
    const { problems } = this.catalogue;
    if (problems.length === 0) return ok('its files are in use');
    return ok(`a change of its files is refused, what was before goes on: ${problems.join('; ')}`);
  }

  #ingest(): Check {
    const late = this.watch.current().filter(({ status }) => status === 'stale' || status === 'unknown');
    const worst = late.sort((a, b) => (b.behindMs ?? Infinity) - (a.behindMs ?? Infinity))[0];
    if (worst !== undefined) return red(`${worst.metric}: ${worst.reason ?? worst.status}`);
    const behind = this.watch.current().map(({ behindMs }) => behindMs ?? 0);
    return ok(`slowest metric ${seconds(Math.max(0, ...behind))} behind`);
  }
}

function ok(detail: string): Check {
  return { status: 'ok', detail };
}

function red(detail: string): Check {
  return { status: 'red', detail };
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
