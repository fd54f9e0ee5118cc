import type { Freshness } from '@freshet/live-protocol';
import { canonicalSelection, selectionSchema } from '@freshet/live-protocol';
import {
  createContext,
  createElement,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useState,
  useSyncExternalStore,
  type ReactNode,
} from 'react';
import { type LiveClient, type LiveSubscription, type SelectionInput } from './client.js';
import type { Connection, LiveState, Paint } from './state.js';

const LiveContext = createContext<LiveClient | null>(null);

/** Makes a client known to the hooks below it, and connects it while mounted. */
export function LiveProvider(props: { client: LiveClient; children?: ReactNode }): ReactNode {
  const { client, children } = props;
  useEffect(() => {
    client.connect();
    return () => client.close();
  }, [client]);
  return createElement(LiveContext.Provider, { value: client }, children);
}

/** The client of the nearest `LiveProvider`; throws without one. */
export function useLiveClient(): LiveClient {
  const client = useContext(LiveContext);
  if (client === null)
    throw new Error('useLive, useFreshness and useConnection need a <LiveProvider> above them');
  return client;
}

const LOADING: LiveState = { kind: 'loading' };

/**
 * State of a selection's numbers; equal selections may be new objects at every render. Reports paints by
 * itself. `undefined`: nothing is wanted now, the state stays `loading`.
 */
export function useLive(selection: SelectionInput | undefined): LiveState {
  const client = useLiveClient();
  const key = selection === undefined ? undefined : canonicalSelection(selectionSchema.parse(selection));
  // eslint-disable-next-line react-hooks/exhaustive-deps -- equal selections have equal keys
  const wanted = useMemo(() => selection, [key]);
  const [subscription, setSubscription] = useState<LiveSubscription | undefined>(undefined);
  useEffect(() => {
    if (wanted === undefined) return undefined;
    const next = client.subscribe(wanted);
    // eslint-disable-next-line react-hooks/set-state-in-effect -- the handle lives and dies with the effect
    setSubscription(next);
    return () => {
      next.close();
      setSubscription(undefined);
    };
  }, [client, wanted]);
  const listen = useCallback(
    (listener: () => void) => subscription?.onChange(listener) ?? (() => undefined),
    [subscription],
  );
  const read = (): LiveState => subscription?.state ?? LOADING;
  const state = useSyncExternalStore(listen, read, read);
  useEffect(() => {
    if (state.kind !== 'value' || subscription === undefined) return undefined;
    // The callback of a frame runs before it is painted, a task that it starts runs after.
    const frame = requestAnimationFrame(() => setTimeout(() => subscription.painted(), 0));
    return () => cancelAnimationFrame(frame);
  }, [state, subscription]);
  return state;
}

/** Freshness of a metric as the server last said; undefined before its first word. */
export function useFreshness(metric: string): Freshness | undefined {
  const client = useLiveClient();
  const listen = useCallback((listener: () => void) => client.onFreshness(listener), [client]);
  const read = (): Freshness | undefined => client.freshness.get(metric);
  return useSyncExternalStore(listen, read, read);
}

/** Freshness of every metric, by name. */
export function useAllFreshness(): ReadonlyMap<string, Freshness> {
  const client = useLiveClient();
  const listen = useCallback((listener: () => void) => client.onFreshness(listener), [client]);
  const read = (): ReadonlyMap<string, Freshness> => client.freshness;
  return useSyncExternalStore(listen, read, read);
}

/** The newest measured way of a metric's numbers to this screen; undefined before its first paint. */
export function usePaint(metric: string): Paint | undefined {
  const client = useLiveClient();
  const listen = useCallback((listener: () => void) => client.onFreshness(listener), [client]);
  const read = (): Paint | undefined => client.paintOf(metric);
  return useSyncExternalStore(listen, read, read);
}

/** What the socket is doing. */
export function useConnection(): Connection {
  const client = useLiveClient();
  const listen = useCallback((listener: () => void) => client.onConnection(listener), [client]);
  const read = (): Connection => client.connection;
  return useSyncExternalStore(listen, read, read);
}
