import { formatMinutes, formatNumber, useLanguage } from '@xinglin/i18n';

/** Minutes: ``middle`` is the median, ``most`` what nine of ten lie below. */
export interface Bar {
  name: string;
  middle: number;
  most: number;
  mean: number;
  count: number;
}

/** A table whose rows are drawn as bars too, so that it is read, printed and heard alike. */
export function Bars({ title, bars }: { title: string; bars: Bar[] }) {
  const { t, language } = useLanguage();
  const longest = Math.max(1, ...bars.map((bar) => bar.most));
  const [minutes, ...heads] = t.measures.heads;
  const percent = (value: number) => `${String((100 * value) / longest)}%`;
  return (
    <section className="measure-bars" data-testid="measure-bars">
      <h2>{title}</h2>
      <div className="table-scroll" tabIndex={0} role="region" aria-label={title}>
        <table className="dense">
          <thead>
            <tr>
              <th scope="col" colSpan={2}>
                {minutes}
              </th>
              {heads.map((head) => (
                <th key={head} scope="col" className="number">
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {bars.map((bar) => (
              <tr key={bar.name}>
                <th scope="row">{bar.name}</th>
                <td className="measure-bar" aria-hidden="true">
                  <span className="measure-most" style={{ width: percent(bar.most) }} />
                  <span className="measure-middle" style={{ width: percent(bar.middle) }} />
                </td>
                {[bar.middle, bar.most, bar.mean].map((value, place) => (
                  <td key={heads[place]} className="number">
                    {formatMinutes(value, language)}
                  </td>
                ))}
                <td className="number">{formatNumber(bar.count, language)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
