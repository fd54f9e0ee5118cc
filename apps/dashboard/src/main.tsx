import '@fontsource-variable/hanken-grotesk/wght.css';
import '@mantine/core/styles/baseline.css';
import '@mantine/core/styles/default-css-variables.css';
import '@mantine/core/styles/global.css';
import '@mantine/core/styles/UnstyledButton.css';
import '@mantine/core/styles/ScrollArea.css';
import '@mantine/core/styles/CloseButton.css';
import '@mantine/core/styles/Paper.css';
import '@mantine/core/styles/Overlay.css';
import '@mantine/core/styles/Popover.css';
import '@mantine/core/styles/Menu.css';
import '@mantine/core/styles/ModalBase.css';
import '@mantine/core/styles/Modal.css';
import './design/tokens.css';
import './design/base.css';
import './design/mantine.css';
import { LiveClient } from '@freshet/live-client';
import { LiveProvider } from '@freshet/live-client/react';
import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { theme, variables } from './design/theme.js';
import { metricsQuery } from './live/rest.js';
import { router } from './router.js';
import { LanguageProvider } from './words/LanguageProvider.js';

const live = new LiveClient({ url: '/live' });
// Open by the time that the first tile wants its numbers.
live.connect();
const queries = new QueryClient({
  defaultOptions: { queries: { refetchOnWindowFocus: false, staleTime: 10_000, gcTime: 5 * 60_000 } },
});
// Preloaded by index.html while this script is on its way; nothing can be shown without it.
void queries.prefetchQuery({ ...metricsQuery, retry: false });

const container = document.getElementById('root');
if (container === null) throw new Error('index.html has no #root');
createRoot(container).render(
  <StrictMode>
    <MantineProvider theme={theme} cssVariablesResolver={variables} defaultColorScheme="auto">
      <LanguageProvider>
        <QueryClientProvider client={queries}>
          <LiveProvider client={live}>
            <RouterProvider router={router} />
          </LiveProvider>
        </QueryClientProvider>
      </LanguageProvider>
    </MantineProvider>
  </StrictMode>,
);
