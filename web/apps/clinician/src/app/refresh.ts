import { useEffect, useEffectEvent, useSyncExternalStore } from 'react';
import { live, type Line } from './live';
import type { Change } from './stream';

export function useLine(): Line {
  return useSyncExternalStore(live.watch, live.read);
}

/**
 * Calls `refresh` soon after changes that `concerns`: at once when it was quiet, and at most once in `restMs`
 * however many come, so that a busy hospital does not turn every screen into a load test. The last change is never
 * left out: what is heard while `refresh` waits for its turn is covered by it, what is heard later calls it again. What
 * is read must be there when its event is heard.
 */
export function useRefresh(concerns: (change: Change) => boolean, refresh: () => void, restMs: number): void {
  const matters = useEffectEvent(concerns);
  const run = useEffectEvent(refresh);
  useEffect(() => {
    const rested = new Rested(() => run(), restMs);
    const forget = live.hear((change) => {
      if (matters(change)) rested.call();
    });
    return () => {
      forget();
      rested.cancel();
    };
  }, [restMs]);
}

/** As `useRefresh`, for whatever happens to the record with `key`, such as Patient/1. */
export function useFollow(key: string, refresh: () => void, restMs: number): void {
  const run = useEffectEvent(refresh);
  useEffect(() => {
    const rested = new Rested(() => run(), restMs);
    const forget = live.follow(key, () => rested.call());
    return () => {
      forget();
      rested.cancel();
    };
  }, [key, restMs]);
}

class Rested {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private last = 0;

  constructor(
    private readonly run: () => void,
    private readonly restMs: number,
  ) {}

  call(): void {
    this.timer ??= setTimeout(
      () => {
        this.timer = undefined;
        this.last = Date.now();
        this.run();
      },
      Math.max(150, this.last + this.restMs - Date.now()),
    );
  }

  cancel(): void {
    clearTimeout(this.timer);
  }
}
