import { useLiveClient } from '@freshet/live-client/react';
import { useCallback, useSyncExternalStore } from 'react';

/** The server's time, floored to `stepMs`; renders again when that changes. */
export function useServerTime(stepMs: number): number {
  const client = useLiveClient();
  const read = useCallback(() => Math.floor(client.serverNowMs() / stepMs) * stepMs, [client, stepMs]);
  const listen = useCallback(
    (listener: () => void) => {
      const timer = setInterval(listener, Math.min(stepMs, 1000) / 2);
      return () => clearInterval(timer);
    },
    [stepMs],
  );
  return useSyncExternalStore(listen, read, read);
}
