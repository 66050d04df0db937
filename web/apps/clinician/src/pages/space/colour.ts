import type { Use } from './load';
import type { RoomState } from './plan';

const uses: Partial<Record<Use, string>> = {
  corridor: '#e9eef0',
  entrance: '#dbe9f5',
  stairs: '#cfc4e6',
  lift: '#b9a7dd',
  waiting: '#cfe6f7',
  reception: '#9fd3cd',
  consulting: '#d7ecd9',
  ward: '#f3e9c9',
  imaging: '#c9d6f2',
  laboratory: '#c9e0e6',
  pharmacy: '#8fc9a0',
  cashier: '#e6cf9c',
  toilet: '#d5d0c4',
};
const states: Record<Exclude<RoomState, 'none'>, string> = {
  free: '#bfe0b4',
  busy: '#f2c36b',
  full: '#d9705c',
  shut: '#6b6b6b',
};

/** What a room is painted: by its live state where it has one, else by its use. The page says both in words too. */
export function colourOf(use: Use, state: RoomState, chosen: boolean): string {
  if (chosen) return '#006b66';
  return state === 'none' ? (uses[use] ?? '#dcdfe0') : states[state];
}
