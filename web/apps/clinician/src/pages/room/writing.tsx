import { api, body, type RoomContent, type RoomOptions } from '@xinglin/api';
import { useLanguage } from '@xinglin/i18n';
import { useQuery } from '@tanstack/react-query';
import { Input } from 'antd';
import { useId, type ReactNode } from 'react';
import { Picker, type Choice } from './picker';

export type Write = (change: (before: RoomContent) => RoomContent) => void;

interface PartProps {
  content: RoomContent;
  write: Write;
}

const sections = ['complaint', 'history', 'examination', 'plan'] as const;

export function newId(): string {
  return crypto.randomUUID();
}

export function useOptions() {
  return useQuery({
    queryKey: ['rooms', 'options'],
    queryFn: () => body(api.GET('/api/rooms/options')),
    staleTime: Infinity,
  });
}

/** The note by its sections; a template fills what is still empty. */
export function Note({ content, write }: PartProps) {
  const { t, language } = useLanguage();
  const id = useId();
  const options = useOptions();
  const use = (template: RoomOptions['templates'][number]) =>
    write((before) => {
      const filled = Object.fromEntries(
        sections.map((name) => [name, before.note[name].trim() ? before.note[name] : template.note[name]]),
      );
      return { ...before, note: { ...before.note, ...filled, template: template.id } };
    });
  return (
    <section className="work-part" aria-labelledby={id}>
      <header className="work-head">
        <h2 id={id}>{t.room.note}</h2>
        <select
          className="plain-field"
          aria-label={t.room.template}
          value={content.note.template}
          onChange={(event) => {
            const template = options.data?.templates.find((one) => one.id === event.target.value);
            if (template) use(template);
          }}
        >
          {(options.data?.templates ?? []).map((one) => (
            <option key={one.id} value={one.id}>
              {language === 'en' ? one.name_en : one.name_zh}
            </option>
          ))}
        </select>
      </header>
      <div className="note-sections">
        {sections.map((name) => (
          <label key={name}>
            <span>{t.room.sections[name]}</span>
            <textarea
              className="plain-field"
              rows={1}
              maxLength={4000}
              data-testid={`note-${name}`}
              value={content.note[name]}
              onChange={(event) =>
                write((before) => ({ ...before, note: { ...before.note, [name]: event.target.value } }))
              }
            />
          </label>
        ))}
      </div>
    </section>
  );
}

/** Diagnoses, found however they are written; the first is the main one. */
export function Diagnoses({ content, write }: PartProps) {
  const { t, language } = useLanguage();
  const find = async (words: string): Promise<Choice[]> => {
    const found = await body(api.GET('/api/terminology/diagnoses', { params: { query: { q: words } } }));
    return found.map((one) => ({
      key: one.code,
      label: language === 'en' && one.name_en ? `${one.name_en} ${one.name_zh}` : one.name_zh,
      hint: one.code,
      pick: () =>
        write((before) =>
          before.diagnoses.some((there) => there.code === one.code)
            ? before
            : { ...before, diagnoses: [...before.diagnoses, { id: newId(), ...one }] },
        ),
    }));
  };
  return (
    <Part title={t.room.diagnosis}>
      <Picker name="diagnosis" label={t.room.diagnosis} placeholder={t.room.findDiagnosis} find={find} />
      <Chips
        items={content.diagnoses.map((one) => ({
          id: one.id,
          words: `${language === 'en' && one.name_en ? one.name_en : one.name_zh} ${one.code}`,
        }))}
        onRemove={(id) =>
          write((before) => ({ ...before, diagnoses: before.diagnoses.filter((one) => one.id !== id) }))
        }
      />
    </Part>
  );
}

/** Laboratory and imaging. */
export function Orders({ content, write }: PartProps) {
  const { t, language } = useLanguage();
  const options = useOptions();
  const find = (words: string): Choice[] => {
    const asked = words.toLowerCase().replace(/\s+/g, '');
    const fits = (keys: string[]) => keys.some((key) => key.startsWith(asked));
    return (options.data?.orderables ?? [])
      .filter((one) => fits(one.keys))
      .slice(0, 12)
      .map(({ kind, code, name_zh, name_en }) => ({
        key: code,
        label: language === 'en' ? `${name_en} ${name_zh}` : name_zh,
        hint: t.room.kinds[kind],
        pick: () =>
          write((before) =>
            before.orders.some((there) => there.code === code)
              ? before
              : {
                  ...before,
                  orders: [...before.orders, { id: newId(), kind, code, name_zh, name_en, urgent: false }],
                },
          ),
      }));
  };
  return (
    <Part title={t.room.order}>
      <Picker name="order" label={t.room.order} placeholder={t.room.findOrder} find={find} />
      <Chips
        items={content.orders.map((one) => ({
          id: one.id,
          words: language === 'en' && one.name_en ? one.name_en : one.name_zh,
        }))}
        onRemove={(id) =>
          write((before) => ({ ...before, orders: before.orders.filter((one) => one.id !== id) }))
        }
      />
    </Part>
  );
}

/** What few visits need, folded away. */
export function More({ content, write }: PartProps) {
  const { t } = useLanguage();
  const { referral, sick_note: sick } = content;
  const today = new Date().toLocaleDateString('sv-SE');
  const refer = (part: Partial<NonNullable<RoomContent['referral']>>) =>
    write((before) => {
      const now = { to: '', reason: '', ...before.referral, ...part };
      return { ...before, referral: now.to.trim() ? now : null };
    });
  const rest = (days: number) =>
    write((before) => ({
      ...before,
      sick_note:
        days >= 1 ? { first_day: today, advice: '', ...before.sick_note, days: Math.min(days, 90) } : null,
    }));
  return (
    <details className="work-part" open={referral !== null || sick !== null || undefined}>
      <summary>{t.room.more}</summary>
      <div className="note-sections">
        <label>
          <span>{t.room.referralTo}</span>
          <Input
            value={referral?.to ?? ''}
            maxLength={200}
            onChange={(event) => refer({ to: event.target.value })}
          />
        </label>
        {referral && (
          <label>
            <span>{t.room.referralReason}</span>
            <Input
              value={referral.reason}
              maxLength={4000}
              onChange={(event) => refer({ reason: event.target.value })}
            />
          </label>
        )}
        <label>
          <span>{t.room.sickDays}</span>
          <Input
            type="number"
            min={0}
            max={90}
            value={sick?.days ?? ''}
            onChange={(event) => rest(Math.round(Number(event.target.value) || 0))}
          />
        </label>
      </div>
    </details>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  const id = useId();
  return (
    <section className="work-part" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {children}
    </section>
  );
}

function Chips({
  items,
  onRemove,
}: {
  items: { id: string; words: string }[];
  onRemove: (id: string) => void;
}) {
  const { t } = useLanguage();
  if (items.length === 0) return null;
  return (
    <ul className="written">
      {items.map((one) => (
        <li key={one.id} data-testid="written">
          {one.words}
          <button type="button" aria-label={t.room.remove(one.words)} onClick={() => onRemove(one.id)}>
            ×
          </button>
        </li>
      ))}
    </ul>
  );
}
