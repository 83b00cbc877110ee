// What a part keeps of one instance: a JSON file with its name, its certificate and key, whom it believes, and, while a
// renewal is under way, the next key, so that an answer that was lost can be asked for again. Reading proves that the
// key is the certificate's and that the names are names; whether it still holds is the reader's question.
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { parseAuthoritySvid, parseWorkloadSvid } from '../../formats/spiffe/svid.ts';
import { formatInstant } from '../../kit/clock.ts';
import { describeError } from '../../kit/error.ts';
import { isJsonObject, parseJson } from '../../kit/json.ts';
import { limits } from '../../kit/limits.ts';
import { partFilesErrors } from './errors.ts';

export interface PartFile {
  /** Origin of the public address, as `https://images.example.org`; there it joined, and renews. */
  readonly instance: string;
  /** HOST[:PORT] of it. */
  readonly host: string;
  /** `https://HOST:PORT`, where parts connect to. */
  readonly address: string;
  /** As `spiffe://images.example.org/gate/prod`. */
  readonly spiffeId: string;
  /** The instance's own. */
  readonly serverId: string;
  /** PEM, as all of these; the key as PKCS #8. */
  readonly certificate: string;
  readonly key: string;
  /** Those of the trust domain, at least one. */
  readonly authorities: readonly string[];
  /** Epoch milliseconds. */
  readonly notAfterMs: number;
  readonly renewAfterMs: number;
  /** While a renewal is under way. */
  readonly nextKey?: string;
  /** The instance has seen another holder of the same file: it renews nothing for this one. */
  readonly isSuperseded?: boolean;
}

const VERSION = 1;

export function formatPartFile(file: PartFile): string {
  const { notAfterMs, renewAfterMs, ...rest } = file;
  const times = { notAfter: formatInstant(notAfterMs), renewAfter: formatInstant(renewAfterMs) };
  return `${JSON.stringify({ version: VERSION, ...rest, ...times }, undefined, 1)}\n`;
}

/** `partfiles.damaged`, which names `path`. */
export function parsePartFile(text: string, path: string): PartFile {
  const damaged = (why: string, cause?: unknown): Error =>
    partFilesErrors.damaged(`${path} is not the file of a part: ${why}`, { cause });
  const value = text.length > limits.partFileBytes ? undefined : parseJson(text);
  if (!isJsonObject(value)) throw damaged('it is no JSON object');
  if (value.version !== VERSION) throw damaged(`its version is not ${VERSION}`);
  const textOf = (name: string): string => {
    const member = value[name];
    if (typeof member === 'string' && member !== '') return member;
    throw damaged(`${name} is no text`);
  };
  const { authorities, nextKey, isSuperseded } = value;
  if (!isTexts(authorities)) throw damaged('authorities is no list of certificates');
  if (nextKey !== undefined && typeof nextKey !== 'string') throw damaged('nextKey is no text');
  const file: PartFile = {
    instance: textOf('instance'),
    host: textOf('host'),
    address: textOf('address'),
    spiffeId: textOf('spiffeId'),
    serverId: textOf('serverId'),
    certificate: textOf('certificate'),
    key: textOf('key'),
    authorities,
    notAfterMs: Date.parse(textOf('notAfter')),
    renewAfterMs: Date.parse(textOf('renewAfter')),
    ...(nextKey === undefined ? {} : { nextKey }),
    ...(isSuperseded === true ? { isSuperseded } : {}),
  };
  try {
    checkPart(file);
  } catch (cause) {
    throw damaged(describeError(cause), cause);
  }
  return file;
}

/** What must hold of one file whenever; anything thrown says why not. */
function checkPart(file: PartFile): void {
  const { instance, host, address, certificate, key, nextKey } = file;
  const place = URL.parse(instance);
  if (place?.origin !== instance || place.host !== host)
    throw new Error('its host is not that of its instance');
  if (!isPartAddress(address)) throw new Error('its address is not https://HOST:PORT');
  if (!Number.isFinite(file.notAfterMs) || !Number.isFinite(file.renewAfterMs))
    throw new Error('it does not say until when it holds');
  const own = new X509Certificate(certificate);
  if (!own.checkPrivateKey(createPrivateKey(key))) throw new Error('its key is not that of its certificate');
  if (nextKey !== undefined) createPrivateKey(nextKey);
  const { id, trustDomain } = parseWorkloadSvid(own.raw);
  if (id !== file.spiffeId) throw new Error('its certificate has another name');
  for (const one of file.authorities)
    if (parseAuthoritySvid(new X509Certificate(one).raw).trustDomain !== trustDomain)
      throw new Error('an authority is of another trust domain');
  if (file.serverId === id || !file.serverId.startsWith(`spiffe://${trustDomain}/`))
    throw new Error('the instance’s name is of another trust domain');
}

/** An origin of https, and nothing behind it. */
export function isPartAddress(text: string): boolean {
  const url = URL.parse(text);
  // `https://a:443` is spelled by URL without its port.
  return url?.protocol === 'https:' && (url.origin === text || `${url.origin}:443` === text);
}

function isTexts(value: unknown): value is readonly string[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.length <= limits.partAuthorities &&
    value.every((one) => typeof one === 'string')
  );
}
