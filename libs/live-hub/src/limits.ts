/** Bounds of the hub. At each of them the answer says which one it was. */
export interface HubLimits {
  readonly subscriptionsPerSocket: number;
  readonly socketsPerUser: number;
  /** In all, the gateway's own among them. */
  readonly sockets: number;
  readonly messagesPerSecond: number;
  /** Messages that may come at once, e.g. all subscriptions after a reconnect. */
  readonly messageBurst: number;
  readonly inboundBytes: number;
  /** Different selections served at a time. */
  readonly feeds: number;
  /** Windows × series of one selection. */
  readonly pointsPerFeed: number;
  /** Unread bytes above which a viewer gets no more until it reads. */
  readonly bufferedBytes: number;
  /** A viewer that stays above that for so long is closed. */
  readonly unreadMs: number;
  /** A viewer that says nothing for so long is closed. */
  readonly silentMs: number;
  /** Time to say hello. */
  readonly helloMs: number;
  /** How often a client is asked to ping. */
  readonly heartbeatMs: number;
}

export const DEFAULT_LIMITS: HubLimits = {
  subscriptionsPerSocket: 64,
  socketsPerUser: 100,
  sockets: 1_001,
  messagesPerSecond: 50,
  messageBurst: 250,
  inboundBytes: 64 * 1024,
  feeds: 2_000,
  pointsPerFeed: 20_000,
  bufferedBytes: 512 * 1024,
  unreadMs: 15_000,
  silentMs: 9_000,
  helloMs: 5_000,
  heartbeatMs: 3_000,
};
