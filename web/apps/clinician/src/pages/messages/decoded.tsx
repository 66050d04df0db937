import { useLanguage } from '@xinglin/i18n';
import { useMemo } from 'react';
import { fieldName, segmentName } from '../../hl7/fields';
import { segmentsOf } from '../../hl7/parse';

/** A message laid out: each segment with the names of its fields in words. */
export function Decoded({ text }: { text: string }) {
  const { t, language } = useLanguage();
  const segments = useMemo(() => segmentsOf(text), [text]);
  return (
    <div className="segments">
      {segments.map((segment, index) => (
        <table key={index} className="segment">
          <caption>
            <b className="mono">{segment.name}</b> {segmentName(segment.name, language)}
          </caption>
          <thead className="unseen">
            <tr>
              <th scope="col">{t.messages.field}</th>
              <th scope="col">{t.messages.content}</th>
            </tr>
          </thead>
          <tbody>
            {segment.fields.map((field) => (
              <tr key={field.number}>
                <th scope="row">
                  <span className="mono quiet">{field.number}</span>{' '}
                  {fieldName(segment.name, field.number, language)}
                </th>
                <td title={field.raw}>{field.words}</td>
              </tr>
            ))}
          </tbody>
        </table>
      ))}
    </div>
  );
}
