interface SparklineProps {
  values: readonly number[];
  low?: number | undefined;
  high?: number | undefined;
  /** What a reader who sees no picture hears. */
  label: string;
}

const width = 96;
const height = 24;
const inset = 3;

/** A line of the last values, oldest first, over the reference band. */
export function Sparkline({ values, low, high, label }: SparklineProps) {
  const known = [...values, low, high].filter((value) => value !== undefined);
  const floor = Math.min(...known);
  const span = Math.max(...known) - floor || 1;
  const across = (index: number) => inset + (index * (width - 2 * inset)) / Math.max(1, values.length - 1);
  const up = (value: number) => height - inset - ((value - floor) * (height - 2 * inset)) / span;
  const top = up(high ?? floor + span);
  const bottom = up(low ?? floor);
  const last = values[values.length - 1];
  return (
    <svg
      className="sparkline"
      viewBox={`0 0 ${width} ${height}`}
      width={width}
      height={height}
      role="img"
      aria-label={label}
    >
      {(low !== undefined || high !== undefined) && (
        <rect className="sparkline-band" x="0" y={top} width={width} height={Math.max(1, bottom - top)} />
      )}
      <polyline
        className="sparkline-line"
        points={values.map((value, index) => `${across(index).toFixed(1)},${up(value).toFixed(1)}`).join(' ')}
      />
      {last !== undefined && (
        <circle className="sparkline-dot" cx={across(values.length - 1)} cy={up(last)} r="2.4" />
      )}
    </svg>
  );
}
