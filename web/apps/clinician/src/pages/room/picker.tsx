import { useLanguage } from '@xinglin/i18n';
import { useQuery } from '@tanstack/react-query';
import { useDeferredValue, useId, useState, type KeyboardEvent } from 'react';

export interface Choice {
  key: string;
  label: string;
  hint: string;
  pick: () => void;
}

interface PickerProps {
  label: string;
  placeholder: string;
  /** What fits the words; asked anew with every letter. */
  find: (words: string) => Promise<Choice[]> | Choice[];
  name: string;
}

/** Type a little, press Enter: the first that fits is taken, and the next can be typed at once. */
export function Picker({ label, placeholder, find, name }: PickerProps) {
  const { t, language } = useLanguage();
  const [words, setWords] = useState('');
  const [at, setAt] = useState(0);
  const asked = useDeferredValue(words.trim());
  const list = useId();
  const found = useQuery({
    queryKey: ['pick', name, language, asked],
    queryFn: async () => find(asked),
    enabled: asked !== '',
    staleTime: 30_000,
    gcTime: 0,
  });
  const isOpen = words.trim() !== '';
  const choices = isOpen && asked === words.trim() ? (found.data ?? []) : [];
  const take = (choice: Choice | undefined) => {
    if (!choice) return;
    choice.pick();
    setWords('');
    setAt(0);
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'ArrowDown') setAt((now) => Math.min(now + 1, Math.max(choices.length - 1, 0)));
    else if (event.key === 'ArrowUp') setAt((now) => Math.max(now - 1, 0));
    else if (event.key === 'Enter') take(choices[at]);
    else if (event.key === 'Escape') setWords('');
    else return;
    event.preventDefault();
  };
  return (
    <div className="room-picker">
      <input
        role="combobox"
        className="picker-input"
        aria-label={label}
        aria-expanded={isOpen && choices.length > 0}
        aria-controls={list}
        aria-autocomplete="list"
        aria-activedescendant={choices[at] ? `${list}-${String(at)}` : undefined}
        autoComplete="off"
        placeholder={placeholder}
        data-testid={`pick-${name}`}
        value={words}
        onChange={(event) => {
          setWords(event.target.value);
          setAt(0);
        }}
        onKeyDown={onKey}
      />
      <span className="unseen" role="status">
        {isOpen && found.data && t.room.results(found.data.length)}
      </span>
      <ul id={list} role="listbox" aria-label={label} className="picker-list" hidden={choices.length === 0}>
        {choices.map((choice, place) => (
          <li
            key={choice.key}
            id={`${list}-${String(place)}`}
            role="option"
            aria-selected={place === at}
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => take(choice)}
          >
            <span>{choice.label}</span>
            <small>{choice.hint}</small>
          </li>
        ))}
      </ul>
      {isOpen && found.data?.length === 0 && asked === words.trim() && (
        <p className="picker-none">{t.room.noResults}</p>
      )}
    </div>
  );
}
