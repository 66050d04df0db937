import type { Ticket } from '@xinglin/api';
import { formatTime, useLanguage } from '@xinglin/i18n';
import { Button } from 'antd';
import { useZone } from '../../app/session';
import { useServiceName } from '../visit/load';

/** The place in the line on paper; the name is masked by the node, since papers are left lying. */
export function Paper({ ticket }: { ticket: Ticket }) {
  const { t, language } = useLanguage();
  const zone = useZone();
  const nameOf = useServiceName();
  const picture = `data:image/svg+xml;utf8,${encodeURIComponent(ticket.qr_svg)}`;
  return (
    <section className="ticket" data-testid="ticket" role="status">
      <span>{nameOf(ticket.service)}</span>
      <span className="ticket-number">{t.desk.ticket(ticket.number)}</span>
      <span>{ticket.name}</span>
      {ticket.ahead !== null && <span>{t.visit.ahead(ticket.ahead)}</span>}
      {ticket.wait && ticket.wait.high > 0 && <span>{t.desk.wait(ticket.wait.low, ticket.wait.high)}</span>}
      <span>{formatTime(ticket.arrived_at, language, zone).slice(0, 5)}</span>
      <img src={picture} alt={t.desk.follow} width={120} height={120} />
      <small>{t.desk.follow}</small>
      <Button className="not-printed" onClick={() => print()}>
        {t.desk.print}
      </Button>
    </section>
  );
}
