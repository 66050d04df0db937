import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { useLanguage } from '@xinglin/i18n';
import { useLook } from '../../app/appearance';
import { useZone } from '../../app/session';

interface BandProps {
  /** ms since 1970 of the first row, and between rows. */
  from: number;
  stepMs: number;
  /** Seven quantiles a row; null where nothing is foreseen. */
  rows: (number[] | null)[];
  label: string;
  heightPx: number;
  /** A line that is not to be passed: beds of a ward, minutes of waiting. */
  limit?: number;
}

const least = 4;

/** A foreseen figure over time: the middle as a line, 50, 80 and 95 of 100 as bands that grow paler. */
export default function Band({ from, stepMs, rows, label, heightPx, limit }: BandProps) {
  const { language } = useLanguage();
  const { mode } = useLook();
  const zone = useZone();
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const box = place.current;
    if (!box) return undefined;
    const colour = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
    const middle = colour('--primary');
    const edge = { stroke: 'transparent', width: 0, points: { show: false } };
    const axis = {
      stroke: colour('--text-secondary'),
      grid: { stroke: colour('--border'), width: 1 },
      font: '12px sans-serif',
    };
    const top = Math.max(least, limit ?? 0, ...rows.map((row) => 1.25 * (row?.[5] ?? 0)));
    const chart = new uPlot(
      {
        width: box.clientWidth,
        height: heightPx,
        legend: { show: false },
        cursor: { show: false },
        tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), zone),
        scales: { y: { range: [0, top * 1.08] } },
        axes: [
          {
            ...axis,
            size: 28,
            space: 64,
            values: (_, splits) => splits.map((at) => clock(at, language, zone)),
          },
          { ...axis, size: 42, space: 28 },
        ],
        series: [
          {},
          edge,
          edge,
          edge,
          { stroke: middle, width: 2, points: { show: false } },
          edge,
          edge,
          edge,
        ],
        bands: [
          { series: [7, 1], fill: `${middle}22` },
          { series: [6, 2], fill: `${middle}33` },
          { series: [5, 3], fill: `${middle}55` },
        ],
        hooks: { draw: [(drawn) => drawLimit(drawn, limit, colour('--error'))] },
      },
      columnsOf(rows, from, stepMs),
      box,
    );
    const resize = new ResizeObserver(() => chart.setSize({ width: box.clientWidth, height: heightPx }));
    resize.observe(box);
    return () => {
      resize.disconnect();
      chart.destroy();
    };
  }, [rows, from, stepMs, heightPx, limit, language, zone, mode]);
  return (
    <div ref={place} className="twin-band" role="img" aria-label={label} style={{ minHeight: heightPx }} />
  );
}

function columnsOf(rows: (number[] | null)[], from: number, stepMs: number): uPlot.AlignedData {
  const times = rows.map((_, place) => (from + place * stepMs) / 1000);
  const quantiles = [0, 1, 2, 3, 4, 5, 6].map((one) => rows.map((row) => row?.[one] ?? null));
  return [times, ...quantiles];
}

function drawLimit(chart: uPlot, limit: number | undefined, colour: string): void {
  if (limit === undefined) return;
  const y = chart.valToPos(limit, 'y', true);
  const { ctx, bbox } = chart;
  ctx.save();
  ctx.strokeStyle = colour;
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio]);
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.restore();
}

function clock(seconds: number, language: string, zone: string): string {
  const at = new Date(seconds * 1000);
  const time = new Intl.DateTimeFormat(language, {
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZone: zone,
  });
  const words = time.format(at);
  if (words !== '00:00') return words;
  return new Intl.DateTimeFormat(language, { month: 'numeric', day: 'numeric', timeZone: zone }).format(at);
}
