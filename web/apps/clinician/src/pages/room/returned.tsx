import type { ReturnedPrescription, Room, RoomContent } from '@xinglin/api';
import { useLanguage } from '@xinglin/i18n';
import { App as Feedback, Button } from 'antd';
import { Flag } from '../../parts/result';
import type { Write } from './writing';

interface ReturnedProps {
  room: Room;
  content: RoomContent;
  write: Write;
}

/** What the pharmacist sent back: one press puts its lines into the prescription, to be mended and signed. */
export function Returned({ room, content, write }: ReturnedProps) {
  const { t } = useLanguage();
  const { message } = Feedback.useApp();
  const mended = new Set(content.drugs.map((one) => one.replaces));
  const open = room.returned.filter((one) => one.lines.some((line) => !mended.has(line.replaces)));
  if (open.length === 0) return null;
  const mend = (one: ReturnedPrescription) => {
    write((before) => ({
      ...before,
      drugs: [...before.drugs, ...one.lines.filter((line) => !mended.has(line.replaces))],
    }));
    void message.info(t.returned.mending);
  };
  return (
    <section className="work-part" aria-labelledby="room-returned" data-testid="returned">
      <h2 id="room-returned">{t.returned.title}</h2>
      <ul className="signed">
        {open.map((one) => (
          <li key={one.prescription}>
            <span>{one.lines.map((line) => line.name).join('、')}</span>
            <Flag severity="act" word={t.returned.reason(one.reason)} />
            <Button data-testid="mend" onClick={() => mend(one)}>
              {t.returned.mend}
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}
