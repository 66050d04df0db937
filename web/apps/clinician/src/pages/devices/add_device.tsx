import { api, body, type Link as DeviceLink } from '@xinglin/api';
import { formatAbsolute, useLanguage } from '@xinglin/i18n';
import { useMutation } from '@tanstack/react-query';
import { Button, Input } from 'antd';
import { useState, type SubmitEvent } from 'react';
import { useZone } from '../../app/session';
import { Trouble } from '../../parts/states';
import { Workspace } from '../../parts/workspace';

/** Names a device and shows its one-time link as QR code and text. */
export function AddDevice({ onClose }: { onClose: () => void }) {
  const { t } = useLanguage();
  const [name, setName] = useState('');
  const [empty, setEmpty] = useState(false);
  const create = useMutation({
    mutationFn: (wanted: string) => body(api.POST('/api/access/links', { body: { name: wanted } })),
  });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const wanted = name.trim();
    setEmpty(!wanted);
    if (wanted) create.mutate(wanted);
  };
  return (
    <Workspace title={t.devices.addTitle} onClose={onClose}>
      {create.data ? (
        <NewLink link={create.data} />
      ) : (
        <form className="device-form" onSubmit={submit} noValidate>
          <label htmlFor="device-name">{t.devices.addName}</label>
          <Input
            id="device-name"
            autoFocus
            maxLength={80}
            placeholder={t.devices.addNameHint}
            value={name}
            status={empty ? 'error' : ''}
            aria-invalid={empty}
            aria-describedby={empty ? 'device-name-error' : undefined}
            onChange={(event) => setName(event.target.value)}
          />
          {empty && (
            <p id="device-name-error" role="alert" className="field-error">
              {t.devices.addNameEmpty}
            </p>
          )}
          <Button type="primary" htmlType="submit" loading={create.isPending}>
            {t.devices.create}
          </Button>
        </form>
      )}
      {create.error && <Trouble error={create.error} onRetry={() => create.mutate(name.trim())} />}
    </Workspace>
  );
}

/** A one-time link as QR code and text. */
export function NewLink({ link }: { link: DeviceLink }) {
  const { t, language } = useLanguage();
  const zone = useZone();
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(link.url);
    setCopied(true);
  };
  return (
    <div className="device-link">
      <p>{t.devices.scan}</p>
      <img
        className="qr"
        src={`data:image/svg+xml;charset=utf-8,${encodeURIComponent(withNamespace(link.qr_svg))}`}
        alt={t.devices.qr}
      />
      <label htmlFor="device-link">{t.devices.linkLabel}</label>
      <div className="device-link-line">
        <Input id="device-link" readOnly value={link.url} onFocus={(event) => event.target.select()} />
        {isSecureContext && (
          <Button onClick={() => void copy()}>
            <span aria-live="polite">{copied ? t.devices.copied : t.devices.copy}</span>
          </Button>
        )}
      </div>
      <p className="quiet">{t.devices.expires(formatAbsolute(link.expires_at, language, zone))}</p>
    </div>
  );
}

/** As a picture an SVG needs its namespace, which markup meant for inlining leaves out. */
function withNamespace(svg: string): string {
  return svg.includes('xmlns=') ? svg : svg.replace('<svg', '<svg xmlns="http://www.w3.org/2000/svg"');
}
