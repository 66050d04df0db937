import type { RoomContent } from '@xinglin/api';
import { useLanguage } from '@xinglin/i18n';
import { useId } from 'react';
import '../../styles/follow_up.css';
import type { Write } from './writing';

const days = [3, 7, 14, 30, 90] as const;
const whats = ['questionnaire', 'visit', 'test'] as const;
type FollowUp = NonNullable<RoomContent['follow_up']>;

/** When the patient is asked how they are: one press; what for, where it is no questionnaire, is a second. */
export function FollowUpPlan({ content, write }: { content: RoomContent; write: Write }) {
  const { t } = useLanguage();
  const id = useId();
  const planned = content.follow_up;
  const plan = (part: Partial<FollowUp>) =>
    write((before) => {
      const next: FollowUp = { in_days: 7, what: 'questionnaire', test: null, ...before.follow_up, ...part };
      const order = before.orders[0];
      const test = next.what === 'test' && order ? namedOf(order) : null;
      return { ...before, follow_up: { ...next, test } };
    });
  return (
    <section className="work-part follow-plan" aria-labelledby={id}>
      <h2 id={id}>{t.room.followUp}</h2>
      <div className="follow-chips" role="group" aria-labelledby={id}>
        <Chip
          words={t.room.followUpNone}
          isOn={planned === null}
          onPress={() => write((before) => ({ ...before, follow_up: null }))}
        />
        {days.map((in_days) => (
          <Chip
            key={in_days}
            words={t.room.followUpDays[in_days]}
            isOn={planned?.in_days === in_days}
            onPress={() => plan({ in_days })}
          />
        ))}
      </div>
      {planned && (
        <div className="follow-chips" role="group" aria-label={t.room.followUpWhat}>
          {whats.map((what) => (
            <Chip
              key={what}
              words={t.room.followUpWhats[what]}
              isOn={planned.what === what}
              onPress={() => plan({ what })}
            />
          ))}
        </div>
      )}
    </section>
  );
}

function namedOf({ code, name_zh, name_en }: RoomContent['orders'][number]): FollowUp['test'] {
  return { code, name_zh, name_en };
}

function Chip({ words, isOn, onPress }: { words: string; isOn: boolean; onPress: () => void }) {
  return (
    <button type="button" className="follow-chip" aria-pressed={isOn} onClick={onPress}>
      {words}
    </button>
  );
}
