import { api, body } from '@xinglin/api';
import { useLanguage } from '@xinglin/i18n';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import '../../styles/consent.css';
import '../../styles/emergency.css';
import '../../styles/follow_up.css';
import { Empty, Trouble, Waiting } from '../../parts/states';
import { WordsAndSend } from '../../parts/words_and_send';

const faces = [1, 2, 3, 4, 5] as const;
type Faces = (typeof faces)[number];

/** For patients: how the visit was, in one press and a few words. */
export default function Rating({ encounter }: { encounter: string }) {
  const { t, language } = useLanguage();
  const params = { path: { encounter } };
  const asked = useQuery({
    queryKey: ['rating', encounter],
    queryFn: () => body(api.GET('/api/visit-ratings/{encounter}', { params })),
  });
  if (asked.isPending) return <Waiting rows={4} />;
  if (!asked.data) return <Trouble error={asked.error} onRetry={() => void asked.refetch()} />;
  const { faces: given, can_rate } = asked.data;
  if (given)
    return (
      <div className="for-patients" data-testid="rated">
        <Empty title={t.rating.thanks} what={t.rating.thanksWhat} />
        <p>{t.rating.given(t.rating.faces[given - 1] ?? '')}</p>
      </div>
    );
  return (
    <div className="for-patients">
      <h1>{t.rating.title}</h1>
      <p>{language === 'en' ? asked.data.department_en : asked.data.department}</p>
      {can_rate ? <Giving encounter={encounter} /> : <p>{t.rating.notYet}</p>}
    </div>
  );
}

function Giving({ encounter }: { encounter: string }) {
  const { t } = useLanguage();
  const queries = useQueryClient();
  const [chosen, setChosen] = useState<Faces | null>(null);
  const [words, setWords] = useState('');
  const send = useMutation({
    mutationFn: (given: Faces) =>
      body(
        api.PUT('/api/visit-ratings/{encounter}', {
          params: { path: { encounter } },
          body: { faces: given, words },
        }),
      ),
    onSuccess: (shown) => queries.setQueryData(['rating', encounter], shown),
  });
  return (
    <form
      className="follow-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (chosen) send.mutate(chosen);
      }}
    >
      <div className="rating-faces" role="group" aria-label={t.rating.title}>
        {faces.map((one) => (
          <button
            key={one}
            type="button"
            className="follow-choice"
            aria-pressed={one === chosen}
            onClick={() => setChosen(one)}
          >
            <Face mood={one} />
            {t.rating.faces[one - 1]}
          </button>
        ))}
      </div>
      <WordsAndSend
        label={t.rating.words}
        rows={2}
        most={500}
        words={words}
        onWords={setWords}
        error={send.error}
        send={t.rating.send}
        isSending={send.isPending}
        isReady={chosen !== null}
      />
    </form>
  );
}

/** A face whose mouth bends by how good it was. */
function Face({ mood }: { mood: Faces }) {
  const bend = (mood - 3) * 5;
  return (
    <svg viewBox="0 0 40 40" width="36" height="36" aria-hidden="true" className="face">
      <circle cx="20" cy="20" r="17" />
      <circle cx="14" cy="16" r="1.6" className="face-eye" />
      <circle cx="26" cy="16" r="1.6" className="face-eye" />
      <path d={`M11 27 Q20 ${String(27 + bend)} 29 27`} />
    </svg>
  );
}
