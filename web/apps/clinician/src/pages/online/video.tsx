import { api, body, type OnlineVisit } from '@xinglin/api';
import { useLanguage } from '@xinglin/i18n';
import { Button } from 'antd';
import { useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { mayUseCamera, openDevices, type Devices } from '../../media/devices';
import { Mesh } from '../../media/mesh';
import { Level } from './level';
import type { VisitLine } from './line';

const resumes = 'xinglin.video';

interface VideoProps {
  visit: OnlineVisit;
  line: VisitLine;
}

/** Sound and picture with the other side: first a look at oneself, then the call. */
export function Video({ visit, line }: VideoProps) {
  const { encounter, side } = visit;
  const [engine] = useState(() => new Mesh(line, side === 'patient', () => serversOf(encounter)));
  useEffect(() => engine.open(), [engine]);
  return <Call engine={engine} visit={visit} />;
}

async function serversOf(encounter: string): Promise<RTCIceServer[]> {
  const found = await body(
    api.GET('/api/online-visits/{encounter}/ice', { params: { path: { encounter } } }),
  );
  return found.map(({ urls, username, credential }) =>
    username && credential ? { urls, username, credential } : { urls },
  );
}

/** Nothing, looking for the devices, looking at oneself, or in the call. */
function Call({ engine, visit }: { engine: Mesh; visit: OnlineVisit }) {
  const { t } = useLanguage();
  const call = useSyncExternalStore(engine.watch, engine.read);
  const [devices, setDevices] = useState<Devices | 'asking' | null>(null);
  const look = async () => {
    if (!mayUseCamera()) {
      sessionStorage.setItem(resumes, visit.encounter);
      location.reload();
      return;
    }
    setDevices('asking');
    setDevices(await openDevices());
  };
  const first = useRef(look);
  useEffect(() => {
    if (sessionStorage.getItem(resumes) !== visit.encounter) return;
    sessionStorage.removeItem(resumes);
    void first.current();
  }, [visit.encounter]);
  const own = devices !== null && devices !== 'asking' ? devices.stream : null;
  useEffect(
    () => () => {
      for (const track of own?.getTracks() ?? []) track.stop();
    },
    [own],
  );
  const isIn = call.state !== 'out';
  return (
    <section className="video" aria-label={t.online.video} data-testid="video" data-state={call.state}>
      {devices === null && (
        <Button className="video-begin" data-testid="video-begin" onClick={() => void look()}>
          {t.online.beginVideo}
        </Button>
      )}
      {devices === 'asking' && <p role="status">{t.online.askingDevices}</p>}
      {devices !== null && devices !== 'asking' && devices.trouble && (
        <p className="video-trouble" role="alert" data-testid="video-trouble">
          {t.online.deviceTrouble[devices.trouble]}{' '}
          {devices.stream ? t.online.soundOnly : t.online.textInstead}
        </p>
      )}
      {devices !== null && devices !== 'asking' && !devices.stream && (
        <Button onClick={() => void look()}>{t.shell.retry}</Button>
      )}
      {own && (
        <>
          <p role="status" data-testid="video-state">
            {isIn ? t.online.callStates[call.state] : t.online.check}
          </p>
          <div className={isIn ? 'pictures pictures-call' : 'pictures'}>
            {isIn && <Picture stream={call.remote} label={t.online.otherPicture} />}
            <Picture stream={own} label={t.online.ownPicture} isOwn />
          </div>
          {!isIn && <Level stream={own} />}
          <Controls
            own={own}
            isIn={isIn}
            onJoin={() => void engine.join(own)}
            onLeave={() => {
              engine.leave();
              for (const track of own.getTracks()) track.stop();
              setDevices(null);
            }}
          />
        </>
      )}
    </section>
  );
}

function Picture({
  stream,
  label,
  isOwn = false,
}: {
  stream: MediaStream | null;
  label: string;
  isOwn?: boolean;
}) {
  const element = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    if (element.current) element.current.srcObject = stream;
  }, [stream]);
  return (
    <video
      ref={element}
      className={isOwn ? 'picture picture-own' : 'picture'}
      aria-label={label}
      autoPlay
      playsInline
      muted={isOwn}
    />
  );
}

interface ControlsProps {
  own: MediaStream;
  isIn: boolean;
  onJoin: () => void;
  onLeave: () => void;
}

function Controls({ own, isIn, onJoin, onLeave }: ControlsProps) {
  const { t } = useLanguage();
  const [isMute, setMute] = useState(false);
  const [isDark, setDark] = useState(false);
  const hasPicture = own.getVideoTracks().length > 0;
  return (
    <div className="video-acts">
      {!isIn && (
        <Button type="primary" data-testid="video-join" onClick={onJoin}>
          {t.online.join}
        </Button>
      )}
      <Button
        aria-pressed={isMute}
        onClick={() => {
          for (const track of own.getAudioTracks()) track.enabled = isMute;
          setMute(!isMute);
        }}
      >
        {isMute ? t.online.unmute : t.online.mute}
      </Button>
      {hasPicture && (
        <Button
          aria-pressed={isDark}
          onClick={() => {
            for (const track of own.getVideoTracks()) track.enabled = isDark;
            setDark(!isDark);
          }}
        >
          {isDark ? t.online.cameraOn : t.online.cameraOff}
        </Button>
      )}
      <Button danger={isIn} data-testid="video-leave" onClick={onLeave}>
        {isIn ? t.online.hangUp : t.online.notNow}
      </Button>
    </div>
  );
}
