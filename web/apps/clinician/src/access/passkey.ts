/** Passkeys as the browser has them, in the JSON form of WebAuthn Level 3. */
import { api, body } from '@xinglin/api';

interface Descriptor {
  id: string;
  type: 'public-key';
}
type Json = Record<string, unknown>;

/** Whether a passkey can be used here: they belong to names, never to bare addresses. */
export function passkeysWork(): boolean {
  const bare = /^[\d.]+$|:/.test(location.hostname.replace(/^\[|\]$/g, ''));
  return isSecureContext && 'PublicKeyCredential' in window && !bare;
}

/** Asks for a passkey of this node; what proves it. Raises when the person turns away. */
export async function askPasskey(): Promise<Json> {
  const options = await body(api.POST('/api/sign-in/passkey/options'));
  const publicKey = {
    ...options,
    challenge: bytes(options.challenge as string),
    allowCredentials: [],
  } as unknown as PublicKeyCredentialRequestOptions;
  const found = (await navigator.credentials.get({ publicKey })) as PublicKeyCredential;
  const response = found.response as AuthenticatorAssertionResponse;
  return {
    id: found.id,
    rawId: found.id,
    type: found.type,
    response: {
      clientDataJSON: text(response.clientDataJSON),
      authenticatorData: text(response.authenticatorData),
      signature: text(response.signature),
      userHandle: response.userHandle ? text(response.userHandle) : undefined,
    },
  };
}

/** Makes a passkey for whoever is signed in, and gives it to the node under a name. */
export async function addPasskey(name: string): Promise<void> {
  const options = await body(api.POST('/api/access/passkeys/options'));
  const user = options.user as { id: string; name: string; displayName: string };
  const known = (options.excludeCredentials ?? []) as Descriptor[];
  const publicKey = {
    ...options,
    challenge: bytes(options.challenge as string),
    user: { ...user, id: bytes(user.id) },
    excludeCredentials: known.map((one) => ({ ...one, id: bytes(one.id) })),
  } as unknown as PublicKeyCredentialCreationOptions;
  const made = (await navigator.credentials.create({ publicKey })) as PublicKeyCredential;
  const response = made.response as AuthenticatorAttestationResponse;
  const answer = {
    id: made.id,
    rawId: made.id,
    type: made.type,
    response: {
      clientDataJSON: text(response.clientDataJSON),
      attestationObject: text(response.attestationObject),
    },
  };
  await api.POST('/api/access/passkeys', { body: { name, answer } });
}

/** What a browser is, in two words, to tell sessions and passkeys apart. */
export function browserOf(agent: string): string {
  const system =
    ['Android', 'iPhone', 'iPad', 'Windows', 'Mac', 'Linux'].find((each) => agent.includes(each)) ?? '';
  const browser =
    ['Edg', 'Firefox', 'Chrome', 'Safari'].find((each) => agent.includes(`${each}/`)) ?? 'Browser';
  return `${browser === 'Edg' ? 'Edge' : browser} ${system}`.trim();
}

function bytes(encoded: string): Uint8Array {
  const plain = atob(encoded.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(plain, (each) => each.charCodeAt(0));
}

function text(content: ArrayBuffer): string {
  const plain = String.fromCharCode(...new Uint8Array(content));
  return btoa(plain).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}
