import { api, body, type ClinicPlan, type TriedPlan } from '@xinglin/api';

export type Arm = TriedPlan['usual'];
export type Estimate = Arm['figures']['wait'];
export type Measure = keyof Arm['figures'];
export const measures: Measure[] = ['wait', 'wait_p90', 'overtime', 'idle', 'unseen', 'cost'];

/** What is to be otherwise; null leaves it as it is. Hours are minutes of the day. */
export interface Change {
  doctors: number | null;
  rooms: number | null;
  slot_minutes: number | null;
  slot_places: number | null;
  opens: number | null;
  closes: number | null;
  demand_percent: number | null;
  walk_in_percent: number | null;
}

export type Field = keyof Change;
export const unchanged: Change = {
  doctors: null,
  rooms: null,
  slot_minutes: null,
  slot_places: null,
  opens: null,
  closes: null,
  demand_percent: null,
  walk_in_percent: null,
};

/** Those that can be changed while people are already booked and waiting. */
export const liveFields: Field[] = ['doctors', 'rooms', 'closes', 'demand_percent'];
export const dayFields = Object.keys(unchanged) as Field[];

export function tryPlan(service: string, weekday: number | null, change: Change): Promise<TriedPlan> {
  const { demand_percent: demand, ...rest } = change;
  return body(
    api.POST('/api/twin/what-if', { body: { service, weekday, ...rest, demand_percent: demand ?? 100 } }),
  );
}

export function readPlan(service: string, weekday: number | null): Promise<ClinicPlan> {
  const query = weekday === null ? {} : { weekday };
  return body(api.GET('/api/twin/what-if/{service}', { params: { path: { service }, query } }));
}

/** What each field is today, where one word tells it. */
export function usualOf(plan: ClinicPlan, live: boolean): Partial<Record<Field, string>> {
  if (live) return { doctors: String(plan.sits_now), demand_percent: '100' };
  if (plan.sessions.length === 0) return {};
  const same = (values: number[]) => [...new Set(values)].map(String).join(' / ');
  return {
    doctors: String(new Set(plan.sessions.map((one) => one.doctor)).size),
    slot_minutes: same(plan.sessions.map((one) => one.slot_minutes)),
    slot_places: same(plan.sessions.map((one) => one.places)),
    opens: clockOf(Math.min(...plan.sessions.map((one) => one.starts))),
    closes: clockOf(Math.max(...plan.sessions.map((one) => one.ends))),
    demand_percent: '100',
  };
}

export function clockOf(minutes: number): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(Math.floor(minutes / 60) % 24)}:${two(Math.round(minutes % 60))}`;
}

export function minutesOf(clock: string): number | null {
  const [hours, minutes] = clock.split(':').map(Number);
  return hours === undefined || minutes === undefined || Number.isNaN(hours + minutes)
    ? null
    : hours * 60 + minutes;
}
