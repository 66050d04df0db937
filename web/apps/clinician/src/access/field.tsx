import { useLanguage } from '@xinglin/i18n';
import { Input, type InputProps } from 'antd';
import { useId, type ReactNode } from 'react';

interface FieldProps extends InputProps {
  label: ReactNode;
  text: string;
  onText: (text: string) => void;
  hint?: string;
  wrong?: boolean;
  secret?: boolean;
}

/** A labelled line of input that says what is missing. */
export function Field({ label, text, onText, hint, wrong, secret, ...rest }: FieldProps) {
  const { t } = useLanguage();
  const id = useId();
  const Control = secret ? Input.Password : Input;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <Control
        {...rest}
        id={id}
        value={text}
        onChange={(event) => onText(event.target.value)}
        status={wrong ? 'error' : ''}
        aria-invalid={wrong}
        aria-describedby={wrong || hint ? `${id}-hint` : undefined}
      />
      {(wrong || hint) && (
        <p id={`${id}-hint`} className={wrong ? 'field-error' : 'quiet'} role={wrong ? 'alert' : undefined}>
          {wrong ? t.access.missing : hint}
        </p>
      )}
    </div>
  );
}

/** What the node said against something, in its own words. */
export function Refused({ error }: { error: unknown }) {
  const { t } = useLanguage();
  if (!error) return null;
  const words = error instanceof Error && error.message ? error.message : t.error.unreachable;
  return (
    <p className="field-error" role="alert">
      {words}
    </p>
  );
}
