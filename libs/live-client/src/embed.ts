import { LiveClient, type SelectionInput } from './client.js';
import type { LiveState } from './state.js';

/** Live numbers for any page, without a framework. */
export interface Live {
  /**
   * Calls with the state of a selection now, and after every change of it: `loading`, then `value`, `empty`, `stale`
   * or `error`; the numbers are `state.data.points`. Returns what ends it. Throws when the selection is malformed.
   */
  subscribe(selection: SelectionInput, listener: (state: LiveState) => void): () => void;
  /** Ends the connection; subscriptions keep their last numbers, as `stale`. */
  close(): void;
}

/**
 * Connects to a gateway and stays connected.
 * @param gateway its address, e.g. `https://freshet.example.com`; absent: where this script came from
 * @param options `token` is asked for at every attempt to connect; not needed on the gateway's own machine
 */
export function connect(
  gateway: string = new URL(import.meta.url).origin,
  options: { readonly token?: () => string | undefined } = {},
): Live {
  const url = `${gateway.replace(/^http/, 'ws').replace(/\/$/, '')}/live`;
  const client = new LiveClient({ url, ...options });
  client.connect();
  return {
    subscribe: (selection, listener) => {
      const subscription = client.subscribe(selection);
      const tell = (): void => listener(subscription.state);
      subscription.onChange(tell);
      tell();
      return () => subscription.close();
    },
    close: () => client.close(),
  };
}
