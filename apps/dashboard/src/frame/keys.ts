import { createContext, useContext } from 'react';

export const KeysDialogContext = createContext<() => void>(() => undefined);

/** Opens the list of keys. */
export function useKeysDialog(): () => void {
  return useContext(KeysDialogContext);
}

/** True where a key is text, not a command. */
export function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName))
  );
}
