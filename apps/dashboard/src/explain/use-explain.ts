import { useNavigate } from '@tanstack/react-router';
import { useCallback } from 'react';
import { formatAddress, type ExplainAddress } from './address.js';

/** Opens the drawer on a number, or closes it; either way the address says so. */
export function useExplain(): { open(address: ExplainAddress): void; close(): void } {
  const navigate = useNavigate();
  const open = useCallback(
    (address: ExplainAddress) =>
      void navigate({
        to: '.',
        search: (before) => ({ ...before, explain: formatAddress(address) }),
        resetScroll: false,
      }),
    [navigate],
  );
  const close = useCallback(
    () =>
      void navigate({
        to: '.',
        search: ({ explain: _, ...before }) => before,
        resetScroll: false,
      }),
    [navigate],
  );
  return { open, close };
}
