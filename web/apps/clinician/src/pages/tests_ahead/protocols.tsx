import { api, body, Refusal, type ProtocolSwitch, type TestProtocol } from '@xinglin/api';
import { formatDay, useLanguage } from '@xinglin/i18n';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App as Feedback, Button, Input, Select } from 'antd';
import { useState } from 'react';
import { useAddress } from '../../app/router';
import { useZone } from '../../app/session';
import { Empty, Trouble, Waiting } from '../../parts/states';

/** Every protocol with what it asks for, whom it leaves out and who says so; on or off in a department, by whom. */
export function Protocols() {
  const { t, language } = useLanguage();
  const [address, change] = useAddress();
  const asked = useQuery({
    queryKey: ['tests-ahead', 'protocols'],
    queryFn: () => body(api.GET('/api/tests-ahead/protocols')),
  });
  if (asked.isPending) return <Waiting rows={8} />;
  if (!asked.data) return <Trouble error={asked.error} onRetry={() => void asked.refetch()} />;
  const { departments, protocols } = asked.data;
  const unit = departments.find((one) => one.id === address.get('department')) ?? departments[0];
  if (!unit) return <Empty title={t.ahead.noDepartments} what={t.ahead.headOnly} />;
  return (
    <>
      <div className="page-acts">
        <Select
          aria-label={t.ahead.department}
          value={unit.id}
          onChange={(department) => change({ department })}
          options={departments.map((one) => ({
            value: one.id,
            label: language === 'en' ? one.name_en : one.name,
          }))}
          popupMatchSelectWidth={false}
        />
        {!unit.may_switch && <span className="quiet">{t.ahead.headOnly}</span>}
      </div>
      <ul className="proposals">
        {protocols.map((one) => {
          const how = one.switches.find((each) => each.department === unit.id);
          return (
            <li key={`${one.id} ${unit.id} ${String(how?.version)}`}>
              {how && <One protocol={one} how={how} may={unit.may_switch} />}
            </li>
          );
        })}
      </ul>
    </>
  );
}

interface OneProps {
  protocol: TestProtocol;
  how: ProtocolSwitch;
  may: boolean;
}

function One({ protocol, how, may }: OneProps) {
  const { t, language } = useLanguage();
  const zone = useZone();
  const said = (words: TestProtocol['name']) => (language === 'en' ? words.en : words.zh);
  const excluded = [...protocol.excluded.map(said)].join(language === 'en' ? '; ' : '；');
  return (
    <article className="room-card proposal" data-testid="protocol" data-on={how.is_on}>
      <header className="work-head">
        <h2>{said(protocol.name)}</h2>
        <span className={how.is_on ? 'flag flag-normal' : 'quiet'}>
          {how.is_on ? `✓ ${t.ahead.isOn}` : `○ ${t.ahead.isOff}`}
        </span>
        {how.on && <span className="quiet">{t.ahead.by(how.by, formatDay(how.on, language, zone))}</span>}
      </header>
      <dl>
        <dt>{t.ahead.tests}</dt>
        <dd>
          {protocol.tests.map(said).join(language === 'en' ? ', ' : '、')} · {t.ahead.age(protocol.age_least)}
        </dd>
        <dt>{t.ahead.excluded}</dt>
        <dd>{excluded || '–'}</dd>
        <dt>{t.ahead.source}</dt>
        <dd>{protocol.sources.join('; ')}</dd>
      </dl>
      {may && <Switching protocol={protocol} how={how} />}
      {!may && how.place && (
        <p className="quiet">
          {t.ahead.place}: {how.place}
        </p>
      )}
    </article>
  );
}

function Switching({ protocol, how }: Omit<OneProps, 'may'>) {
  const { t } = useLanguage();
  const { message } = Feedback.useApp();
  const queries = useQueryClient();
  const [place, setPlace] = useState(how.place);
  const turn = useMutation({
    mutationFn: (is_on: boolean) =>
      body(
        api.PUT('/api/tests-ahead/protocols/{protocol}/departments/{department}', {
          params: { path: { protocol: protocol.id, department: how.department } },
          body: { is_on, place, version: how.version },
        }),
      ),
    onSuccess: () => void message.success(t.ahead.switched),
    onError: (error) => void message.error(error instanceof Refusal ? error.message : t.error.failed, 8),
    onSettled: () => queries.invalidateQueries({ queryKey: ['tests-ahead'] }),
  });
  return (
    <div className="actions">
      <Input
        className="proposal-place"
        aria-label={t.ahead.place}
        placeholder={`${t.ahead.place} (${t.ahead.placeExample})`}
        maxLength={200}
        value={place}
        onChange={(event) => setPlace(event.target.value)}
      />
      <Button
        type={how.is_on ? 'default' : 'primary'}
        data-testid="switch"
        loading={turn.isPending}
        onClick={() => turn.mutate(!how.is_on)}
      >
        {how.is_on ? t.ahead.off : t.ahead.on}
      </Button>
    </div>
  );
}
