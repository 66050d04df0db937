import type { MessageRow } from '@xinglin/api';
import { formatBytes, useLanguage } from '@xinglin/i18n';
import { Checkbox } from 'antd';
import { Moment } from '../../parts/moment';
import { MessageState } from './state';

interface TableProps {
  rows: MessageRow[];
  openId: string;
  onOpen: (id: string) => void;
  chosen: ReadonlySet<string>;
  onChoose: (chosen: ReadonlySet<string>) => void;
  isNew: (cell: string) => boolean;
}

/** The messages as a dense table; failed ones can be chosen for a common re-run. */
export function MessageTable({ rows, openId, onOpen, chosen, onChoose, isNew }: TableProps) {
  const { t } = useLanguage();
  const dead = rows.filter((row) => row.state === 'dead').map((row) => row.id);
  const heads = [
    t.messages.time,
    t.messages.direction,
    t.messages.type,
    t.messages.controlId,
    t.messages.patient,
    t.messages.route,
    t.messages.state,
    t.messages.size,
  ];
  const choose = (id: string, on: boolean) =>
    onChoose(new Set(on ? [...chosen, id] : [...chosen].filter((one) => one !== id)));
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label={t.messages.tableLabel}>
      <table className="dense messages">
        <caption className="unseen">{t.messages.tableLabel}</caption>
        <thead>
          <tr>
            <th scope="col">
              <Checkbox
                aria-label={t.messages.selectAll}
                disabled={dead.length === 0}
                checked={dead.length > 0 && dead.every((id) => chosen.has(id))}
                indeterminate={chosen.size > 0 && !dead.every((id) => chosen.has(id))}
                onChange={(event) => onChoose(new Set(event.target.checked ? dead : []))}
              />
            </th>
            {heads.map((head) => (
              <th key={head} scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Row
              key={row.id}
              row={row}
              open={row.id === openId}
              glow={isNew(row.id)}
              chosen={chosen.has(row.id)}
              onOpen={() => onOpen(row.id)}
              onChoose={(on) => choose(row.id, on)}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface RowProps {
  row: MessageRow;
  open: boolean;
  glow: boolean;
  chosen: boolean;
  onOpen: () => void;
  onChoose: (on: boolean) => void;
}

function Row({ row, open, glow, chosen, onOpen, onChoose }: RowProps) {
  const { t, language } = useLanguage();
  const inward = row.direction === 'in';
  return (
    <tr
      data-testid="message"
      data-state={row.state}
      data-open={open}
      className={glow ? 'glow' : undefined}
      onClick={onOpen}
    >
      <td data-cell="choose" onClick={(event) => event.stopPropagation()}>
        {row.state === 'dead' && (
          <Checkbox
            aria-label={t.messages.select(row.control_id)}
            checked={chosen}
            onChange={(event) => onChoose(event.target.checked)}
          />
        )}
      </td>
      <td data-cell="time">
        <Moment at={row.received_at} />
      </td>
      <td data-cell="direction">
        <span aria-hidden="true">{inward ? '↓ ' : '↑ '}</span>
        {inward ? t.messages.in : t.messages.out}
      </td>
      <td data-cell="type">{row.type}</td>
      <th scope="row" data-cell="control">
        <button
          type="button"
          className="link-button mono"
          aria-label={t.messages.open(row.control_id)}
          aria-expanded={open}
          onClick={(event) => {
            event.stopPropagation();
            onOpen();
          }}
        >
          {row.control_id || '–'}
        </button>
      </th>
      <td data-cell="patient">{row.patient ?? '–'}</td>
      <td data-cell="route">
        {row.sender} <span aria-hidden="true">→</span> {row.receiver}
      </td>
      <td data-cell="state">
        <MessageState state={row.state} />
        {row.reason && <div className="reason">{row.reason}</div>}
      </td>
      <td data-cell="size">{formatBytes(row.size_bytes, language)}</td>
    </tr>
  );
}
