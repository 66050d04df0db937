import { useLanguage } from '@xinglin/i18n';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useId, useRef, useState, type KeyboardEvent } from 'react';
import { findPatients } from '../fhir/search';
import { lineOf } from '../fhir/person';
import { useNow } from '../parts/moment';
import { useLook } from './appearance';
import { navigate } from './router';
import { useSession } from './session';
import { placesOf } from './shell';

interface Found {
  key: string;
  group: string;
  label: string;
  hint?: string;
  run: () => void;
}

/** Finds a patient, a page or a command from anywhere (Ctrl-K). */
export function Finder({ onClose }: { onClose: () => void }) {
  const { t } = useLanguage();
  const dialog = useRef<HTMLDialogElement>(null);
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const list = useId();
  const found = useFound(text);
  const current = Math.min(at, found.length - 1);
  useEffect(() => {
    const opened = dialog.current;
    opened?.showModal();
    return () => opened?.close();
  }, []);
  const choose = (one: Found | undefined) => {
    if (!one) return;
    onClose();
    one.run();
  };
  const onKey = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      setAt((current + step + found.length) % Math.max(1, found.length));
    } else if (event.key === 'Enter' && !event.nativeEvent.isComposing) choose(found[current]);
  };
  return (
    <dialog
      ref={dialog}
      className="finder"
      aria-label={t.find.title}
      onClose={onClose}
      onClick={(event) => event.target === dialog.current && onClose()}
    >
      <input
        className="finder-input"
        role="combobox"
        aria-label={t.find.placeholder}
        aria-expanded="true"
        aria-controls={list}
        aria-activedescendant={found[current] ? `${list}-${current}` : undefined}
        placeholder={t.find.placeholder}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setAt(0);
        }}
        onKeyDown={onKey}
      />
      <FoundList id={list} found={found} current={current} onChoose={choose} />
      <p className="finder-foot" role="status">
        {found.length === 0 ? t.find.nothing(text) : `${t.find.results(found.length)} · ${t.find.hint}`}
      </p>
    </dialog>
  );
}

interface FoundListProps {
  id: string;
  found: Found[];
  current: number;
  onChoose: (one: Found) => void;
}

function FoundList({ id, found, current, onChoose }: FoundListProps) {
  const { t } = useLanguage();
  const chosen = useRef<HTMLDivElement>(null);
  useEffect(() => {
    chosen.current?.scrollIntoView({ block: 'nearest' });
  }, [current]);
  const groups = [...new Set(found.map((one) => one.group))];
  return (
    <div id={id} role="listbox" aria-label={t.find.title} className="finder-list">
      {groups.map((group) => (
        <div role="group" aria-label={group} key={group}>
          <div className="finder-group" aria-hidden="true">
            {group}
          </div>
          {found.map((one, index) =>
            one.group !== group ? null : (
              <div
                key={one.key}
                id={`${id}-${index}`}
                ref={index === current ? chosen : undefined}
                role="option"
                aria-selected={index === current}
                className="finder-option"
                onClick={() => onChoose(one)}
              >
                <span>{one.label}</span>
                {one.hint && <small>{one.hint}</small>}
              </div>
            ),
          )}
        </div>
      ))}
    </div>
  );
}

function useFound(text: string): Found[] {
  const { t, switchLanguage } = useLanguage();
  const { mode, switchMode } = useLook();
  const { roles } = useSession();
  const now = useNow();
  const wanted = useSettled(text.trim(), 200);
  const patients = useQuery({
    queryKey: ['find', wanted],
    queryFn: () => findPatients(wanted, 12),
    enabled: wanted.length > 0,
  });
  const people: Found[] = (wanted ? (patients.data ?? []) : []).map((patient) => {
    const line = lineOf(t, patient, now);
    return {
      key: patient.id,
      group: t.find.patients,
      label: line.name,
      hint: line.details,
      run: () => navigate(`/patients/${patient.id}`),
    };
  });
  const pages: Found[] = placesOf(roles).map(({ path, name }) => ({
    key: path,
    group: t.find.pages,
    label: t.shell[name],
    run: () => navigate(path),
  }));
  const commands: Found[] = [
    { key: 'language', group: t.find.commands, label: t.shell.toLanguage, run: switchLanguage },
    {
      key: 'mode',
      group: t.find.commands,
      label: mode === 'dark' ? t.shell.toLight : t.shell.toDark,
      run: switchMode,
    },
    { key: 'device', group: t.find.commands, label: t.devices.add, run: () => navigate('/devices?add=1') },
  ];
  const written = text.trim().toLowerCase();
  return [...people, ...[...pages, ...commands].filter((one) => one.label.toLowerCase().includes(written))];
}

/** `value` once it has stood still for `ms`. */
export function useSettled(value: string, ms: number): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return settled;
}
