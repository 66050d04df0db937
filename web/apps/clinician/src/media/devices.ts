export type Trouble = 'refused' | 'absent' | 'busy' | 'insecure';

export interface Devices {
  stream: MediaStream | null;
  /** What stands against the camera or, where there is no stream, against both. */
  trouble: Trouble | null;
}

const withPages = ['/online/', '/rooms/'];

/** Whether this document was loaded as a page that may use the camera; the policy is that of the document. */
export function mayUseCamera(): boolean {
  const [loaded] = performance.getEntriesByType('navigation');
  const path = loaded ? new URL(loaded.name).pathname : location.pathname;
  return withPages.some((page) => path.startsWith(page));
}

/** Camera and microphone; the microphone alone where there is no camera; no stream where there is neither. */
export async function openDevices(): Promise<Devices> {
  if (!('mediaDevices' in navigator)) return { stream: null, trouble: 'insecure' };
  const sound = { echoCancellation: true, noiseSuppression: true };
  const picture = { width: { ideal: 640 }, height: { ideal: 480 }, facingMode: 'user' };
  try {
    return {
      stream: await navigator.mediaDevices.getUserMedia({ audio: sound, video: picture }),
      trouble: null,
    };
  } catch (failure) {
    const trouble = troubleOf(failure);
    if (trouble === 'refused') return { stream: null, trouble };
    try {
      return { stream: await navigator.mediaDevices.getUserMedia({ audio: sound }), trouble };
    } catch (second) {
      return { stream: null, trouble: troubleOf(second) };
    }
  }
}

function troubleOf(failure: unknown): Trouble {
  const name = failure instanceof DOMException ? failure.name : '';
  if (name === 'NotAllowedError' || name === 'SecurityError') return 'refused';
  return name === 'NotReadableError' || name === 'AbortError' ? 'busy' : 'absent';
}
