import { useLanguage } from '@xinglin/i18n';
import { Button, Input } from 'antd';
import { useId, useState, type ReactNode, type SubmitEvent } from 'react';
import { referenceOf } from './words';

interface AskingProps {
  about: string;
  onAsk: (about: string) => void;
  children?: ReactNode;
}

/** Takes the reference of a resource; what is none is told at once. */
export function Asking({ about, onAsk, children }: AskingProps) {
  const { t } = useLanguage();
  const field = useId();
  const [text, setText] = useState(about);
  const [wrong, setWrong] = useState(false);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const found = referenceOf(text);
    setWrong(!found);
    if (found) onAsk(`${found.type}/${found.id}`);
  };
  return (
    <form role="search" onSubmit={submit} noValidate>
      <label htmlFor={field}>{t.rules.reference}</label>
      <div className="filters">
        <Input
          id={field}
          className="wide-input"
          placeholder={t.rules.referenceHint}
          autoComplete="off"
          spellCheck={false}
          value={text}
          status={wrong ? 'error' : ''}
          aria-invalid={wrong}
          onChange={(event) => setText(event.target.value)}
        />
        {children}
        <Button type="primary" htmlType="submit">
          {t.rules.look}
        </Button>
      </div>
      {wrong && (
        <p role="alert" className="field-error">
          {t.rules.referenceWrong}
        </p>
      )}
    </form>
  );
}
