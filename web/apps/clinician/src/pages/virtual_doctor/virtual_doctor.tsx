import { api, body, type Turn } from '@xinglin/api';
import { useLanguage } from '@xinglin/i18n';
import { useMutation } from '@tanstack/react-query';
import { useEffect, useRef, useState, type SubmitEvent } from 'react';
import '../../styles/virtual_doctor.css';
import { Trouble } from '../../parts/states';
import { Advice, Emergency, SoFar, Understood } from './advice';
import { Next } from './keep';

type Reply = 'yes' | 'no' | 'unsure';
const replies: readonly Reply[] = ['yes', 'no', 'unsure'];

/** Somebody at home says what is wrong, answers one question at a time, and learns how urgent it is and where to go. */
export default function VirtualDoctor() {
  const { t, switchLanguage } = useLanguage();
  const [words, setWords] = useState('');
  const [answers, setAnswers] = useState<Record<string, Reply>>({});
  const asked = useMutation({
    mutationFn: (told: { words: string; answers: Record<string, Reply> }) =>
      body(api.POST('/api/virtual-doctor/consultation', { body: told })),
  });
  useEffect(() => {
    document.title = `${t.virtualDoctor.title} · ${t.product}`;
  }, [t]);
  const answer = (finding: string, reply: Reply) => {
    const all = { ...answers, [finding]: reply };
    setAnswers(all);
    asked.mutate({ words, answers: all });
  };
  const again = () => {
    setWords('');
    setAnswers({});
    asked.reset();
  };
  return (
    <main className="vd" aria-busy={asked.isPending}>
      <header className="vd-head">
        <img src="/icon.svg" alt="" width="36" height="36" />
        <h1>{t.virtualDoctor.title}</h1>
        <button type="button" className="vd-quiet" data-testid="language-switch" onClick={switchLanguage}>
          {t.shell.otherLanguage}
        </button>
      </header>
      {asked.error && <Trouble error={asked.error} onRetry={() => asked.mutate(asked.variables)} />}
      {asked.data ? (
        <Standing
          turn={asked.data}
          told={{ words, answers }}
          onAnswer={answer}
          onAgain={again}
          pending={asked.isPending}
        />
      ) : (
        <Beginning
          words={words}
          onWords={setWords}
          pending={asked.isPending}
          onBegin={() => asked.mutate({ words, answers: {} })}
        />
      )}
      <footer className="vd-foot">
        <p>{t.virtualDoctor.person}</p>
        <p>{t.virtualDoctor.stored}</p>
      </footer>
    </main>
  );
}

interface BeginningProps {
  words: string;
  onWords: (words: string) => void;
  onBegin: () => void;
  pending: boolean;
}

function Beginning({ words, onWords, onBegin, pending }: BeginningProps) {
  const { t } = useLanguage();
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (words.trim()) onBegin();
  };
  return (
    <form className="vd-card" onSubmit={submit}>
      <label htmlFor="vd-words">{t.virtualDoctor.say}</label>
      <textarea
        id="vd-words"
        rows={4}
        maxLength={4000}
        value={words}
        placeholder={t.virtualDoctor.example}
        onChange={(event) => onWords(event.target.value)}
      />
      <button type="submit" className="vd-primary" disabled={pending || !words.trim()}>
        {pending ? t.virtualDoctor.waiting : t.virtualDoctor.begin}
      </button>
      <a className="vd-call" href="tel:120">
        {t.virtualDoctor.danger}
      </a>
    </form>
  );
}

interface StandingProps {
  turn: Turn;
  told: { words: string; answers: Record<string, Reply> };
  onAnswer: (finding: string, reply: Reply) => void;
  onAgain: () => void;
  pending: boolean;
}

function Standing({ turn, told, onAnswer, onAgain, pending }: StandingProps) {
  const { t, language } = useLanguage();
  const { question } = turn;
  const heading = useRef<HTMLHeadingElement>(null);
  const finding = question?.finding;
  useEffect(() => heading.current?.focus(), [finding]);
  return (
    <>
      {turn.advice.call_now && <Emergency turn={turn} />}
      <p className="vd-said">{told.words}</p>
      {question ? (
        <section className="vd-card" aria-live="polite">
          <h2 ref={heading} tabIndex={-1}>
            {language === 'en' ? question.english : question.chinese}
          </h2>
          <div className="vd-replies">
            {replies.map((reply) => (
              <button
                key={reply}
                type="button"
                disabled={pending}
                data-testid={`reply-${reply}`}
                onClick={() => onAnswer(question.finding, reply)}
              >
                {t.virtualDoctor[reply]}
              </button>
            ))}
          </div>
          <SoFar turn={turn} />
        </section>
      ) : (
        <>
          <Advice turn={turn} />
          <Next told={told} asksPregnancy={turn.asks_pregnancy} />
        </>
      )}
      <Understood turn={turn} />
      <button type="button" className="vd-quiet" onClick={onAgain}>
        {t.virtualDoctor.again}
      </button>
    </>
  );
}
