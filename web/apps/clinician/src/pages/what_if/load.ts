import { api, body, type WhatIf } from '@xinglin/api';

export type Future = WhatIf['as_is'];
export type Difference = WhatIf['wait'];

/** What a manager can change: doctors more, minutes longer, newcomers in percent. */
export interface Levers {
  doctors: number;
  minutes: number;
  demand: number;
}

export const asItIs: Levers = { doctors: 0, minutes: 0, demand: 100 };
export const bounds = {
  doctors: { least: -20, most: 20, step: 1 },
  minutes: { least: -240, most: 240, step: 30 },
  demand: { least: 10, most: 400, step: 10 },
} as const;

/** A number of the address, kept within what can be asked. */
export function leverIn(written: string | null, lever: keyof Levers): number {
  const { least, most } = bounds[lever];
  const number = written === null || written === '' ? NaN : Math.round(Number(written));
  return Number.isFinite(number) ? Math.min(most, Math.max(least, number)) : asItIs[lever];
}

export function askWhatIf(service: string, { doctors, minutes, demand }: Levers): Promise<WhatIf> {
  return body(
    api.POST('/api/twin/services/{service}/what-if', {
      params: { path: { service } },
      body: { doctors, minutes, demand_percent: demand },
    }),
  );
}

/** Whether by chance alone there might be no difference. */
export function mayBeNone({ low, high }: Difference): boolean {
  return low <= 0 && high >= 0;
}

/** The scale on which both bands are read: a little above the higher of their nine in ten. */
export function topOf(...bands: (number[] | null)[][]): number {
  return 1.25 * Math.max(0, ...bands.flat().map((row) => row?.[5] ?? 0));
}
