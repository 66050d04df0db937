import { api, body, type KnownDrug, type RoomContent, type RoomDrug } from '@xinglin/api';
import { useLanguage } from '@xinglin/i18n';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { DeleteOutlined } from '@ant-design/icons';
import { FindingList } from './findings';
import { Picker, type Choice } from './picker';
import { newId, type Write } from './writing';

interface PrescribingProps {
  encounter: string;
  content: RoomContent;
  write: Write;
}

function lineOf(drug: KnownDrug): RoomDrug {
  return {
    id: newId(),
    drug: drug.code,
    name: drug.name_zh,
    dose: drug.dose ?? null,
    unit: drug.unit,
    times_per_day: drug.times_per_day ?? null,
    days: 7,
    route: drug.route || 'oral',
  };
}

/** The prescription by lines, and what stands against it while it is written. */
export function Prescribing({ encounter, content, write }: PrescribingProps) {
  const { t, language } = useLanguage();
  const add = (line: RoomDrug) => write((before) => ({ ...before, drugs: [...before.drugs, line] }));
  const find = async (words: string): Promise<Choice[]> => {
    const drugs = await body(api.GET('/api/terminology/drugs', { params: { query: { q: words } } }));
    const known = drugs.map((drug) => ({
      key: drug.code,
      label: language === 'en' && drug.name_en ? `${drug.name_en} ${drug.name_zh}` : drug.name_zh,
      hint: `${String(drug.strength)} ${drug.unit} · ${language === 'en' ? drug.form_en : drug.form_zh}`,
      pick: () => add(lineOf(drug)),
    }));
    const unknown = { id: newId(), drug: null, name: words, dose: null, unit: 'mg', times_per_day: null };
    const other = {
      key: '?',
      label: t.room.unknownDrug(words),
      hint: '',
      pick: () => add({ ...unknown, days: 7, route: 'oral' }),
    };
    return words.length > 1 ? [...known, other] : known;
  };
  return (
    <section className="work-part" aria-labelledby="room-prescription">
      <h2 id="room-prescription">{t.room.prescription}</h2>
      <Picker name="drug" label={t.room.prescription} placeholder={t.room.findDrug} find={find} />
      {content.drugs.length > 0 && (
        <ul className="drugs">
          {content.drugs.map((line) => (
            <Line key={line.id} line={line} write={write} />
          ))}
        </ul>
      )}
      {content.drugs.length > 0 && <Check encounter={encounter} content={content} write={write} />}
    </section>
  );
}

function Line({ line, write }: { line: RoomDrug; write: Write }) {
  const { t } = useLanguage();
  const change = (part: Partial<RoomDrug>) =>
    write((before) => ({
      ...before,
      drugs: before.drugs.map((one) => (one.id === line.id ? { ...one, ...part } : one)),
    }));
  const numeric = (text: string) => (text.trim() === '' || Number.isNaN(Number(text)) ? null : Number(text));
  const units = [...new Set([line.unit, 'mg', 'g', 'ug', 'mL', '{piece}'])];
  return (
    <li className="drug" data-testid="drug-line">
      <strong>{line.name}</strong>
      <label>
        {t.room.dose}
        <input
          type="number"
          min={0}
          step="any"
          value={line.dose ?? ''}
          onChange={(event) => change({ dose: numeric(event.target.value) })}
        />
      </label>
      <label>
        {t.room.unit}
        <select value={line.unit} onChange={(event) => change({ unit: event.target.value })}>
          {units.map((unit) => (
            <option key={unit} value={unit}>
              {unit === '{piece}' ? t.room.piece : unit}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t.room.times}
        <input
          type="number"
          min={0.1}
          max={24}
          step="any"
          value={line.times_per_day ?? ''}
          onChange={(event) => change({ times_per_day: numeric(event.target.value) || null })}
        />
      </label>
      <label>
        {t.room.days}
        <input
          type="number"
          min={1}
          max={90}
          value={line.days}
          onChange={(event) =>
            change({ days: Math.min(90, Math.max(1, Math.round(numeric(event.target.value) ?? 1))) })
          }
        />
      </label>
      <Button
        type="text"
        icon={<DeleteOutlined aria-hidden />}
        aria-label={t.room.remove(line.name)}
        onClick={() =>
          write((before) => ({ ...before, drugs: before.drugs.filter((one) => one.id !== line.id) }))
        }
      />
    </li>
  );
}

/** Asked anew with every change of the prescription; what stood before stays until the new answer is there. */
function Check({ encounter, content, write }: PrescribingProps) {
  const { t } = useLanguage();
  const check = useQuery({
    queryKey: ['room', encounter, 'check', content.drugs],
    queryFn: () =>
      body(
        api.POST('/api/rooms/{encounter}/check', {
          params: { path: { encounter } },
          body: { drugs: content.drugs },
        }),
      ),
    placeholderData: keepPreviousData,
  });
  const findings = check.data ?? [];
  const isSettled = check.data !== undefined && !check.isPlaceholderData;
  return (
    <div className="check" aria-live="polite" data-testid="check" data-settled={isSettled}>
      <h3>{t.room.findings}</h3>
      {check.error && <p role="alert">{t.room.unchecked}</p>}
      {!check.error && !isSettled && findings.length === 0 && <p className="quiet">{t.room.checking}</p>}
      {isSettled && findings.length === 0 && <p className="quiet">{t.room.noFindings}</p>}
      <FindingList
        findings={findings}
        reasons={content.reasons}
        onReason={(key, reason) =>
          write((before) => ({ ...before, reasons: { ...before.reasons, [key]: reason } }))
        }
      />
    </div>
  );
}
