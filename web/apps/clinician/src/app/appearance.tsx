import { applyPalette, paletteOf, themeOf, type Mode } from '@xinglin/design';
import { useLanguage } from '@xinglin/i18n';
import { App as Feedback, ConfigProvider } from 'antd';
import enUS from 'antd/locale/en_US';
import zhCN from 'antd/locale/zh_CN';
import { createContext, use, useMemo, useState, type ReactNode } from 'react';

const memory = 'xinglin.mode';

/** What the node's Content-Security-Policy lets the styles through by that antd makes as it runs. */
const csp = { nonce: document.querySelector<HTMLMetaElement>('meta[name="style-nonce"]')?.content };

interface Look {
  mode: Mode;
  switchMode: () => void;
}

const Context = createContext<Look | null>(null);

function remembered(): Mode {
  const chosen = localStorage.getItem(memory);
  if (chosen === 'light' || chosen === 'dark') return chosen;
  return matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
}

function wear(mode: Mode): Mode {
  applyPalette(paletteOf(mode), document.documentElement);
  document.documentElement.dataset.mode = mode;
  document.documentElement.style.colorScheme = mode;
  return mode;
}

/** Colours, antd's words in the reader's language, and room for short notices. */
export function Appearance({ children }: { children: ReactNode }) {
  const [mode, setMode] = useState(() => wear(remembered()));
  const { language } = useLanguage();
  const look = useMemo(
    () => ({
      mode,
      switchMode: () => {
        const other = mode === 'dark' ? 'light' : 'dark';
        localStorage.setItem(memory, other);
        setMode(wear(other));
      },
    }),
    [mode],
  );
  const theme = useMemo(() => themeOf(mode), [mode]);
  return (
    <Context value={look}>
      <ConfigProvider
        theme={theme}
        csp={csp}
        locale={language === 'en' ? enUS : zhCN}
        button={{ autoInsertSpace: false }}
        wave={{ disabled: true }}
      >
        <Feedback component={false}>{children}</Feedback>
      </ConfigProvider>
    </Context>
  );
}

export function useLook(): Look {
  const look = use(Context);
  if (!look) throw new Error('useLook stands outside Appearance');
  return look;
}
