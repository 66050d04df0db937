import { useLanguage } from '@xinglin/i18n';
import { useEffect, useRef } from 'react';

/** How loud the microphone hears, so that people see that it does. */
export function Level({ stream }: { stream: MediaStream }) {
  const { t } = useLanguage();
  const meter = useRef<HTMLMeterElement>(null);
  useEffect(() => {
    if (stream.getAudioTracks().length === 0) return undefined;
    const context = new AudioContext();
    const analyser = context.createAnalyser();
    context.createMediaStreamSource(stream).connect(analyser);
    const heard = new Uint8Array(analyser.fftSize);
    const timer = setInterval(() => {
      analyser.getByteTimeDomainData(heard);
      const loudest = heard.reduce((most, one) => Math.max(most, Math.abs(one - 128)), 0);
      if (meter.current) meter.current.value = loudest / 128;
    }, 100);
    return () => {
      clearInterval(timer);
      void context.close();
    };
  }, [stream]);
  return (
    <label className="level">
      {t.online.microphone}
      <meter ref={meter} min={0} max={1} />
    </label>
  );
}
