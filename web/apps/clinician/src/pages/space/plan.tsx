import { useLanguage } from '@xinglin/i18n';
import { useNames, type House, type Point, type RoomShape, type Storey, type Use } from './load';

export type RoomState = 'none' | 'free' | 'busy' | 'full' | 'shut';

interface PlanProps {
  house: House;
  storey: Storey;
  states?: Map<string, RoomState>;
  chosen?: string | null;
  onChoose?: (room: RoomShape) => void;
  route?: Point[];
  goal?: Point | null;
}

const named: Use[] = [
  'entrance',
  'waiting',
  'reception',
  'pharmacy',
  'cashier',
  'imaging',
  'laboratory',
  'lift',
  'stairs',
];
const marginMetres = 2;

/** A storey seen from above; with a route, only what lies about it. */
export function Plan({ house, storey, states, chosen, onChoose, route, goal }: PlanProps) {
  const { t } = useLanguage();
  const names = useNames();
  const rooms = house.rooms.filter((room) => room.storey === storey.id && room.outline.length > 2);
  const about = route && route.length > 0 ? widened(route) : rooms.flatMap((room) => room.outline);
  const view = boundsOf(about);
  const size = Math.max(view.width, view.height);
  return (
    <svg
      className="plan"
      role="img"
      aria-label={t.space.planOf(names.named(storey))}
      viewBox={[view.left, view.top, view.width, view.height].join(' ')}
    >
      {rooms.map((room) => (
        <polygon
          key={room.id}
          className={`plan-room use-${room.category} state-${states?.get(room.id) ?? 'none'}${chosen === room.id ? ' chosen' : ''}`}
          points={room.outline.map(([x, y]) => `${String(x)},${String(-y)}`).join(' ')}
          onClick={onChoose && (() => onChoose(room))}
        >
          <title>{names.room(room)}</title>
        </polygon>
      ))}
      {rooms
        .filter((room) => shows(room, size))
        .map((room) => (
          <Label key={room.id} room={room} text={names.room(room)} size={size} />
        ))}
      {route && route.length > 1 && (
        <polyline
          className="plan-route"
          style={{ strokeWidth: size / 70 }}
          points={route.map(([x, y]) => `${String(x)},${String(-y)}`).join(' ')}
        />
      )}
      {route?.[0] && <circle className="plan-start" cx={route[0][0]} cy={-route[0][1]} r={size / 50} />}
      {goal && <circle className="plan-goal" cx={goal[0]} cy={-goal[1]} r={size / 40} />}
    </svg>
  );
}

function shows(room: RoomShape, size: number): boolean {
  return size < 45 ? room.category !== 'corridor' : named.includes(room.category) && size < 130;
}

function Label({ room, text, size }: { room: RoomShape; text: string; size: number }) {
  const box = boundsOf(room.outline, 0);
  const font = Math.min(size / 34, box.width / Math.max(3, emsOf(text)));
  if (font < size / 90) return null;
  return (
    <text
      className="plan-name"
      x={box.left + box.width / 2}
      y={box.top + box.height / 2}
      style={{ fontSize: font }}
    >
      {text}
    </text>
  );
}

/** About how many letters high a text is wide: Chinese is square. */
function emsOf(text: string): number {
  return Array.from(text).reduce((sum, letter) => sum + (letter < '\u2e80' ? 0.6 : 1.05), 0);
}

function widened(route: Point[]): Point[] {
  const box = boundsOf(route, 0);
  const more = Math.max(4, 12 - Math.min(box.width, box.height));
  return [
    [box.left - more, -(box.top - more)],
    [box.left + box.width + more, -(box.top + box.height + more)],
  ];
}

function boundsOf(points: Point[], margin = marginMetres) {
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => -y);
  const left = Math.min(...xs) - margin;
  const top = Math.min(...ys) - margin;
  return { left, top, width: Math.max(...xs) + margin - left, height: Math.max(...ys) + margin - top };
}
