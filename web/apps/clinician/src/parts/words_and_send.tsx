import { Refusal } from '@xinglin/api';
import { useLanguage } from '@xinglin/i18n';
import { Button } from 'antd';
import '../styles/follow_up.css';

/** How a patient's form ends: room for words, what went wrong, and the button. */
export function WordsAndSend(props: {
  label: string;
  rows: number;
  most: number;
  words: string;
  onWords: (words: string) => void;
  error: Error | null;
  send: string;
  isSending: boolean;
  isReady?: boolean;
}) {
  const { t } = useLanguage();
  const { error } = props;
  return (
    <>
      <label className="follow-words">
        <span>{props.label}</span>
        <textarea
          className="plain-field"
          rows={props.rows}
          maxLength={props.most}
          value={props.words}
          onChange={(event) => props.onWords(event.target.value)}
        />
      </label>
      {error && (
        <p role="alert" className="follow-wrong">
          {error instanceof Refusal && error.message ? error.message : t.error.failed}
        </p>
      )}
      <Button
        type="primary"
        htmlType="submit"
        className="follow-send"
        disabled={props.isReady === false}
        loading={props.isSending}
      >
        {props.send}
      </Button>
    </>
  );
}
