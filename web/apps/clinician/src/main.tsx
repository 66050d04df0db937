import '@xinglin/design/base.css';
import './styles/shell.css';
import { speak } from '@xinglin/api';
import { LanguageProvider } from '@xinglin/i18n';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app/app';
import { Appearance } from './app/appearance';
import { Failsafe } from './app/failsafe';

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      networkMode: 'always',
      staleTime: 5_000,
      refetchOnWindowFocus: true,
      retry: 1,
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
