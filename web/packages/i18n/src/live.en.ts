import type { live as chinese } from './live.zh-CN';

export const live: typeof chinese = {
  live: {
    connected: 'Live',
    connectedWhat: 'Data update by themselves',
    connecting: 'Connecting',
    lost: (since) => `Connection to the server lost at ${since}`,
    lostShort: 'Offline',
    stillWorks:
      'What is on screen stays readable but may be out of date. It catches up by itself; no reload is needed.',
    back: 'Connected again, everything is up to date',
    news: (count) => `${String(count)} ${count === 1 ? 'update' : 'updates'}`,
    noNews: 'No updates yet',
    asOf: (time) => `As of ${time}`,
  },
};
