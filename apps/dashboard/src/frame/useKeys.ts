import { useMantineColorScheme, useComputedColorScheme } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { isTyping } from './keys.js';

const PAGES: Record<string, '/' | '/freshness' | '/alerts' | '/catalogue'> = {
  p: '/',
  f: '/freshness',
  a: '/alerts',
  c: '/catalogue',
};

/** The keys of every page: `/`, `?`, `t`, and `g` followed by a page's letter. */
export function useKeys(openSearch: () => void, openKeys: () => void): void {
  const navigate = useNavigate();
  const scheme = useComputedColorScheme('light');
  const { setColorScheme } = useMantineColorScheme();
  const going = useRef(false);
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      const wasGoing = going.current;
      going.current = event.key === 'g';
      if (event.key === '/') openSearch();
      else if (event.key === '?') openKeys();
      else if (event.key === 't') setColorScheme(scheme === 'dark' ? 'light' : 'dark');
      else if (wasGoing && PAGES[event.key] !== undefined) void navigate({ to: PAGES[event.key] ?? '/' });
      else return;
      event.preventDefault();
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, [navigate, openSearch, openKeys, scheme, setColorScheme]);
}
