import { useLanguage } from '@xinglin/i18n';
import { CloseOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useEffect, useEffectEvent, useId, useRef, type ReactNode } from 'react';

interface WorkspaceProps {
  title: ReactNode;
  onClose: () => void;
  children: ReactNode;
}

/**
 * Work that slides in from the right while the page beside it stays visible and usable. Esc closes it; the focus
 * goes in on opening and back to where it came from on closing.
 */
export function Workspace({ title, onClose, children }: WorkspaceProps) {
  const { t } = useLanguage();
  const panel = useRef<HTMLElement>(null);
  const heading = useId();
  const close = useEffectEvent(onClose);
  useEffect(() => {
    const from = document.activeElement;
    panel.current?.focus();
    const onKey = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && !event.defaultPrevented && !document.querySelector('dialog[open]'))
        close();
    };
    addEventListener('keydown', onKey);
    return () => {
      removeEventListener('keydown', onKey);
      if (from instanceof HTMLElement && from.isConnected) from.focus();
    };
  }, []);
  return (
    <section ref={panel} className="workspace" role="dialog" aria-labelledby={heading} tabIndex={-1}>
      <header>
        <h2 id={heading}>{title}</h2>
        <Button
          type="text"
          icon={<CloseOutlined aria-hidden />}
          onClick={onClose}
          aria-label={t.shell.close}
          title={`${t.shell.close} (Esc)`}
        />
      </header>
      <div className="workspace-body" tabIndex={0} role="group" aria-labelledby={heading}>
        {children}
      </div>
    </section>
  );
}
