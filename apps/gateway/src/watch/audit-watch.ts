import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import { auditFindings, type AuditRun, type AuditSubject, type Finding } from '@freshet/freshness';
import type { Catalogue } from '../catalogue/catalogue.js';
import { readDifferingAudits, readLosses, readNewestAudits } from '../store/audit-reader.js';
import type { RowReader } from '../store/rows.js';
import type { Telemetry } from '../telemetry/telemetry.js';

/** Audits run hourly; one by hand is seen so soon. */
const READ_EVERY_MS = 5_000;

/** Follows the results of audits, whoever ran them, and recorded losses. While the store does not answer, what it said last stands. */
export class AuditWatch implements OnApplicationBootstrap, BeforeApplicationShutdown {
  #runs: readonly AuditRun[] = [];
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(
    private readonly store: RowReader,
    private readonly catalogue: Catalogue,
    private readonly telemetry: Telemetry,
  ) {}

  onApplicationBootstrap(): void {
    void this.#follow();
  }

  beforeApplicationShutdown(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  findings(): Finding[] {
    return auditFindings(this.#runs, (kind, subject) => this.#subjectOf(kind, subject));
  }

  async #follow(): Promise<void> {
    try {
      const [newest, differing, losses] = await Promise.all([
        readNewestAudits(this.store),
        readDifferingAudits(this.store),
        readLosses(this.store),
      ]);
      for (const each of newest) this.telemetry.audited(each);
      this.#runs = [...newest, ...differing, ...losses];
    } catch {
      // The store's own check tells.
    }
    if (!this.#stopped) this.#timer = setTimeout(() => void this.#follow(), READ_EVERY_MS);
  }

  #subjectOf(kind: AuditRun['kind'], subject: string): AuditSubject | undefined {
    const watched = this.catalogue.watched();
    if (kind !== 'panes') {
      const source = watched.find(({ topic }) => topic === subject);
      return source && { owner: source.sourceOwner, topic: subject };
    }
    const metric = watched.find((each) => each.metric === subject);
    return metric && { owner: metric.owner, topic: metric.topic };
  }
}
