import { api, body, Refusal, type OnlineVisit } from '@xinglin/api';
import { useLanguage } from '@xinglin/i18n';
import { useMutation } from '@tanstack/react-query';
import { App as Feedback, Button, Input } from 'antd';
import { useState } from 'react';
import { useShow } from './load';

type Asked = NonNullable<OnlineVisit['delivery']>;

/** Whether I collect what is prescribed or have it sent; the pharmacist reads it beside the prescription. */
export function Delivery({ visit }: { visit: OnlineVisit }) {
  const { t } = useLanguage();
  const { message } = Feedback.useApp();
  const show = useShow(visit.encounter);
  const [asked, setAsked] = useState<Asked>(visit.delivery ?? { how: 'collect', address: '', phone: '' });
  const keep = useMutation({
    mutationFn: () =>
      body(
        api.PUT('/api/online-visits/{encounter}/delivery', {
          params: { path: { encounter: visit.encounter } },
          body: asked,
        }),
      ),
    onSuccess: (shown) => {
      show(shown);
      void message.success(t.online.deliveryKept);
    },
    onError: (error) => void message.error(error instanceof Refusal ? error.message : t.error.failed),
  });
  return (
    <details className="past" data-testid="delivery">
      <summary>
        {t.online.delivery}
        {visit.delivery && ` · ${t.online.ways[visit.delivery.how]}`}
      </summary>
      <form
        className="online-asking"
        onSubmit={(event) => {
          event.preventDefault();
          keep.mutate();
        }}
      >
        <div className="choices" role="group" aria-label={t.online.delivery}>
          {(['collect', 'send'] as const).map((how) => (
            <button
              key={how}
              type="button"
              className="choice"
              aria-pressed={asked.how === how}
              onClick={() => setAsked({ ...asked, how })}
            >
              {t.online.ways[how]}
            </button>
          ))}
        </div>
        {asked.how === 'send' && (
          <>
            <label className="online-field">
              {t.online.address}
              <Input
                value={asked.address}
                maxLength={300}
                autoComplete="street-address"
                onChange={(event) => setAsked({ ...asked, address: event.target.value })}
              />
            </label>
            <label className="online-field">
              {t.online.phone}
              <Input
                value={asked.phone}
                maxLength={30}
                autoComplete="tel"
                onChange={(event) => setAsked({ ...asked, phone: event.target.value })}
              />
            </label>
          </>
        )}
        <Button htmlType="submit" loading={keep.isPending}>
          {t.online.keepDelivery}
        </Button>
      </form>
    </details>
  );
}
