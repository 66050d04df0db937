import { chartColours } from '@xinglin/design';
import { useLanguage } from '@xinglin/i18n';
import { useEffect, useMemo, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { useLook } from '../../app/appearance';
import { useZone } from '../../app/session';
import type { Test } from '../../fhir/results';

const heightPx = 240;

/** Every numeric reading of a test over time, with the reference band of the latest result behind it. */
export default function Chart({ test }: { test: Test }) {
  const { t, language } = useLanguage();
  const { mode } = useLook();
  const zone = useZone();
  const place = useRef<HTMLDivElement>(null);
  const { data, names } = useMemo(() => columnsOf(test), [test]);
  const [latest] = test.points;
  useEffect(() => {
    const box = place.current;
    if (!box) return undefined;
    const colour = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
    const axis = { stroke: colour('--text-secondary'), grid: { stroke: colour('--border'), width: 1 } };
    const series = names.map((name, index) => ({
      label: name,
      stroke:
        mode === 'dark' && index === 0
          ? colour('--primary')
          : (chartColours[index % chartColours.length] ?? ''),
      width: 2,
      points: { show: true, size: 6 },
      spanGaps: true,
    }));
    const chart = new uPlot(
      {
        width: box.clientWidth,
        height: heightPx,
        tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), zone),
        scales: { y: { range: (_, floor, ceiling) => roomy(floor, ceiling, latest.low, latest.high) } },
        axes: [
          { ...axis, values: (_, splits) => tickWords(splits, language, zone) },
          { ...axis, size: 56, label: latest.unit, labelSize: 18 },
        ],
        series: [
          { label: t.patient.when, value: (_, seconds) => whenWords(seconds, language, zone) },
          ...series,
        ],
        hooks: { drawClear: [(drawn) => drawBand(drawn, latest.low, latest.high, colour('--primary-soft'))] },
      },
      data,
      box,
    );
    const resize = new ResizeObserver(() => chart.setSize({ width: box.clientWidth, height: heightPx }));
    resize.observe(box);
    return () => {
      resize.disconnect();
      chart.destroy();
    };
  }, [data, names, latest, language, mode, zone, t]);
  return <div ref={place} className="chart" role="img" aria-label={t.patient.chart(test.name)} />;
}

/** uPlot's columns: instants in seconds, then one column a reading name; null where a result lacks it. */
function columnsOf(test: Test): { data: uPlot.AlignedData; names: string[] } {
  const points = [...test.points].reverse().filter((point) => point.at && point.readings.length > 0);
  const names = [...new Set(points.flatMap((point) => point.readings.map((reading) => reading.name)))];
  const columns = names.map((name) =>
    points.map((point) => point.readings.find((reading) => reading.name === name)?.value ?? null),
  );
  return { data: [points.map((point) => Date.parse(point.at ?? '') / 1000), ...columns], names };
}

function roomy(floor: number, ceiling: number, low = floor, high = ceiling): [number, number] {
  const least = Math.min(floor, low);
  const most = Math.max(ceiling, high);
  const margin = (most - least || Math.abs(most) || 1) * 0.12;
  return [least - margin, most + margin];
}

function drawBand(chart: uPlot, low: number | undefined, high: number | undefined, colour: string): void {
  if (low === undefined && high === undefined) return;
  const { left, top, width, height } = chart.bbox;
  const upper = high === undefined ? top : Math.max(top, chart.valToPos(high, 'y', true));
  const lower = low === undefined ? top + height : Math.min(top + height, chart.valToPos(low, 'y', true));
  chart.ctx.fillStyle = colour;
  chart.ctx.fillRect(left, upper, width, Math.max(0, lower - upper));
}

/** Clock times, with the date below where a new day begins; dates alone where the ticks are days apart. */
function tickWords(splits: number[], language: string, zone: string): string[] {
  const write = (seconds: number, shape: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(language, { ...shape, timeZone: zone }).format(seconds * 1000);
  const day = (seconds: number) => write(seconds, { month: '2-digit', day: '2-digit' });
  const days = splits.map(day);
  if (new Set(days).size === days.length && days.length > 1) return days;
  return splits.map((seconds, index) => {
    const time = write(seconds, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
    return days[index] === days[index - 1] ? time : `${time}\n${days[index] ?? ''}`;
  });
}

function whenWords(seconds: number | null, language: string, zone: string): string {
  if (seconds === null) return '–';
  const shape = { dateStyle: 'short', timeStyle: 'short', timeZone: zone } as const;
  return new Intl.DateTimeFormat(language, shape).format(seconds * 1000);
}
