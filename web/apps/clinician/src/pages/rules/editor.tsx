import { useLanguage } from '@xinglin/i18n';

interface EditorProps {
  text: string;
  onChange: (text: string) => void;
  invalid: boolean;
  describedBy: string;
}

/** Plain text with the numbers of its lines, which messages about it name. */
export function Editor({ text, onChange, invalid, describedBy }: EditorProps) {
  const { t } = useLanguage();
  const lines = text.split('\n').length;
  const numbers = Array.from({ length: lines }, (_, place) => place + 1).join('\n');
  return (
    <div className="editor">
      <pre className="editor-numbers" aria-hidden="true">
        {numbers}
      </pre>
      <textarea
        aria-label={t.rules.editor}
        aria-invalid={invalid}
        aria-describedby={describedBy}
        wrap="off"
        spellCheck={false}
        autoCapitalize="off"
        rows={lines}
        value={text}
        onChange={(event) => onChange(event.target.value)}
      />
    </div>
  );
}
