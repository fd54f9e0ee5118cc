import type { Provider } from '../payments/providers.js';
import type { Topic } from '../stream/message.js';

/**
 * Something that goes wrong for a while, on request.
 * - `provider-outage`: nearly all attempts to pay by one provider fail, slowly
 * - `late-wave`: a topic's messages are held back and arrive together at the end
 * - `silence`: nothing at all is sent to a topic; what would have been is lost
 */
export type IncidentRequest =
  | { readonly kind: 'provider-outage'; readonly provider: Provider; readonly minutes: number }
  | { readonly kind: 'late-wave' | 'silence'; readonly topic: Topic; readonly minutes: number };

export type Incident = IncidentRequest & {
  readonly id: number;
  readonly fromMs: number;
  readonly untilMs: number;
};

/** As many may be remembered; the oldest is forgotten. */
const MOST_INCIDENTS = 50;

/** The incidents on request, running and past. What it answers is by the time asked for. */
export class Incidents {
  #list: readonly Incident[] = [];
  #lastId = 0;

  start(request: IncidentRequest, nowMs: number): Incident {
    const untilMs = nowMs + Math.round(request.minutes * 60_000);
    const incident: Incident = { ...request, id: ++this.#lastId, fromMs: nowMs, untilMs };
    this.#list = [...this.#list, incident].slice(-MOST_INCIDENTS);
    return incident;
  }

  /** Ends running incidents now, or the one with this id; resolves those that it ended. */
  end(nowMs: number, id?: number): readonly Incident[] {
    const ended = this.#list.filter(
      (incident) => (id === undefined || incident.id === id) && incident.untilMs > nowMs,
    );
    this.#list = this.#list.map((incident) =>
      ended.includes(incident) ? { ...incident, untilMs: nowMs } : incident,
    );
    return ended;
  }

  /** Newest last. */
  list(): readonly Incident[] {
    return this.#list;
  }

  isDown(provider: Provider, atMs: number): boolean {
    return this.#list.some(
      (incident) =>
        incident.kind === 'provider-outage' && incident.provider === provider && runsAt(incident, atMs),
    );
  }

  isSilent(topic: Topic, atMs: number): boolean {
    return this.#list.some(
      (incident) => incident.kind === 'silence' && incident.topic === topic && runsAt(incident, atMs),
    );
  }

  /** Start of the earliest late wave that still holds messages back. */
  waveSinceMs(atMs: number): number | undefined {
    return this.#list.find((incident) => incident.kind === 'late-wave' && incident.untilMs >= atMs)?.fromMs;
  }

  /** End of the late wave that holds this topic back at this time. */
  heldUntil(topic: Topic, atMs: number): number | undefined {
    if (this.#list.length === 0) return undefined;
    return this.#list.find(
      (incident) => incident.kind === 'late-wave' && incident.topic === topic && runsAt(incident, atMs),
    )?.untilMs;
  }
}

function runsAt(incident: Incident, atMs: number): boolean {
  return atMs >= incident.fromMs && atMs < incident.untilMs;
}
