import '@xinglin/design/base.css';
import './styles/shell.css';
import { Refusal, speak } from '@xinglin/api';
import { LanguageProvider } from '@xinglin/i18n';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app/app';
import { Appearance } from './app/appearance';
import { Failsafe } from './app/failsafe';

/** Asking again at once changes nothing, and each asking is written down. */
const refusals = { 400: true, 401: true, 403: true, 404: true, 410: true };

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      networkMode: 'always',
      staleTime: 5_000,
      refetchOnWindowFocus: true,
      retry: (failures, error) => failures < 1 && !(error instanceof Refusal && error.status in refusals),
      retryDelay: 1_000,
    },
    mutations: { networkMode: 'always' },
  },
});

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');
createRoot(root).render(
  <StrictMode>
    <LanguageProvider onLanguage={speak}>
      <Appearance>
        <Failsafe>
          <QueryClientProvider client={queries}>
            <App />
          </QueryClientProvider>
        </Failsafe>
      </Appearance>
    </LanguageProvider>
  </StrictMode>,
);
