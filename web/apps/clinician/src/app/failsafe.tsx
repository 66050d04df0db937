import { useLanguage } from '@xinglin/i18n';
import { Button } from 'antd';
import { Component, type ReactNode } from 'react';

/** Catches what no page expected and says what is safe; the rest of the shell goes on where it stands above. */
export class Failsafe extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    return this.state.failed ? <Apology /> : this.props.children;
  }
}

function Apology() {
  const { t } = useLanguage();
  return (
    <div className="notice" role="alert">
      <h1>{t.shell.failedTitle}</h1>
      <p>{t.shell.failedWhat}</p>
      <Button type="primary" onClick={() => location.reload()}>
        {t.shell.reload}
      </Button>
    </div>
  );
}
