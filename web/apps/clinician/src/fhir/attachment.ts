import { read } from './search';
import type { Attachment } from './types';

/** What a document holds: text to read, a picture, or bytes to download. */
export type Content =
  | { kind: 'text'; text: string }
  | { kind: 'picture' | 'file'; bytes: Uint8Array<ArrayBuffer>; type: string }
  | { kind: 'none' };

/** Reads an attachment, from its data or from a Binary of this node; other addresses are never followed. */
export async function contentOf(attachment: Attachment, signal: AbortSignal): Promise<Content> {
  if (attachment.data) return contentFrom(attachment.data, attachment.contentType ?? 'text/plain');
  const binary = attachment.url?.match(/(?:^|\/)(Binary\/[A-Za-z0-9\-.]{1,64})(?:\/_history\/\w+)?$/)?.[1];
  if (!binary) return { kind: 'none' };
  const resource = (await read(`/fhir/${binary}`, signal)) as { contentType?: string; data?: string };
  return resource.data ? contentFrom(resource.data, resource.contentType ?? 'text/plain') : { kind: 'none' };
}

export function contentFrom(data: string, type: string): Content {
  const bytes = Uint8Array.from(atob(data.replace(/\s/g, '')), (sign) => sign.charCodeAt(0));
  const bare = (type.split(';')[0] ?? '').trim().toLowerCase();
  const charset = type.match(/charset="?([\w-]+)/i)?.[1] ?? 'utf-8';
  if (bare === 'text/html' || bare === 'application/xhtml+xml')
    return { kind: 'text', text: plain(decode(bytes, charset)) };
  if (bare.startsWith('text/')) return { kind: 'text', text: decode(bytes, charset) };
  return { kind: /^image\/(png|jpeg|gif|webp)$/.test(bare) ? 'picture' : 'file', bytes, type: bare };
}

function decode(bytes: Uint8Array, charset: string): string {
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch {
    return new TextDecoder().decode(bytes);
  }
}

/** The words of an HTML document; nothing in it is run, loaded or styled. */
function plain(html: string): string {
  return new DOMParser().parseFromString(html, 'text/html').body.textContent;
}
