import { api, body, Refusal, type OwnFollowUp } from '@xinglin/api';
import { useLanguage } from '@xinglin/i18n';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { WordsAndSend } from '../../parts/words_and_send';

type Answer = NonNullable<OwnFollowUp['answer']>;
const feelings = ['better', 'same', 'worse'] as const;
const takings = ['all', 'some', 'none', 'not_prescribed'] as const;

/** Three questions and room for words; the same answer sent again counts once. */
export function Asking({ followUp, onAnswered }: { followUp: OwnFollowUp; onAnswered: () => void }) {
  const { t } = useLanguage();
  const queries = useQueryClient();
  const [key] = useState(() => crypto.randomUUID());
  const [feeling, setFeeling] = useState<Answer['feeling'] | null>(null);
  const [taking, setTaking] = useState<Answer['taking'] | null>(null);
  const [unwell, setUnwell] = useState<'yes' | 'no' | null>(null);
  const [words, setWords] = useState('');
  const send = useMutation({
    mutationFn: () => {
      if (!feeling || !taking || !unwell) throw new Refusal(0, 'incomplete', t.followUps.incomplete);
      return body(
        api.POST('/api/follow-ups/{task}/answer', {
          params: { path: { task: followUp.id } },
          body: { feeling, taking, side_effects: unwell === 'yes', words, key },
        }),
      );
    },
    onSuccess: (answered) => {
      onAnswered();
      queries.setQueryData<OwnFollowUp[]>(['follow-ups'], (before) =>
        before?.map((one) => (one.id === answered.id ? answered : one)),
      );
    },
  });
  const named = <Name extends string>(names: readonly Name[], words: Record<Name, string>) =>
    names.map((name) => ({ name, words: words[name] }));
  return (
    <form
      className="follow-form"
      onSubmit={(event) => {
        event.preventDefault();
        send.mutate();
      }}
    >
      <Question
        title={t.followUps.feeling}
        choices={named(feelings, t.followUps.feelings)}
        chosen={feeling}
        onChoose={setFeeling}
      />
      <Question
        title={t.followUps.taking}
        choices={named(takings, t.followUps.takings)}
        chosen={taking}
        onChoose={setTaking}
      />
      <Question
        title={t.followUps.sideEffects}
        choices={[
          { name: 'no', words: t.followUps.no },
          { name: 'yes', words: t.followUps.yes },
        ]}
        chosen={unwell}
        onChoose={setUnwell}
      />
      <WordsAndSend
        label={t.followUps.words}
        rows={3}
        most={1000}
        words={words}
        onWords={setWords}
        error={send.error}
        send={t.followUps.send}
        isSending={send.isPending}
      />
    </form>
  );
}

interface QuestionProps<Name extends string> {
  title: string;
  choices: { name: Name; words: string }[];
  chosen: Name | null;
  onChoose: (name: Name) => void;
}

function Question<Name extends string>({ title, choices, chosen, onChoose }: QuestionProps<Name>) {
  const id = useId();
  return (
    <div className="follow-question" role="group" aria-labelledby={id}>
      <h3 id={id}>{title}</h3>
      <div className={choices.length === 3 ? 'follow-choices is-three' : 'follow-choices'}>
        {choices.map(({ name, words }) => (
          <button
            key={name}
            type="button"
            className="follow-choice"
            aria-pressed={name === chosen}
            onClick={() => onChoose(name)}
          >
            {name === chosen && <span aria-hidden="true">✓ </span>}
            {words}
          </button>
        ))}
      </div>
    </div>
  );
}
