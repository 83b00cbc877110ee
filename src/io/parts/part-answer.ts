// What an instance answers to a part that joins or renews: a certificate, whom to believe, where to connect to. Nothing
// of it is taken before it was checked: that it is for the key that was made here, by one of the authorities beside it,
// under the name and trust domain that it says, for a time that has begun.
import { type KeyObject, X509Certificate } from 'node:crypto';
import { parseAuthoritySvid, parseWorkloadSvid } from '../../formats/spiffe/svid.ts';
import { decodeUtf8 } from '../../kit/bytes.ts';
import { describeError } from '../../kit/error.ts';
import { isJsonObject, parseJson } from '../../kit/json.ts';
import { limits } from '../../kit/limits.ts';
import { partFilesErrors } from './errors.ts';
import { isPartAddress, type PartFile } from './part-file.ts';

/** As it came; only the shapes are sure. */
export interface PartAnswer {
  readonly host: string;
  readonly spiffeId: string;
  readonly serverId: string;
  readonly address: string;
  readonly certificate: string;
  readonly authorities: readonly string[];
  readonly renewAfter: string;
}

export interface PartExpectation {
  /** Origin of the public address that was asked. */
  readonly instance: string;
  /** The private half of the key that was sent. */
  readonly key: KeyObject;
  readonly nowMs: number;
  /** What is renewed: its names stay. */
  readonly former?: Pick<PartFile, 'spiffeId' | 'serverId'>;
}

/** `partfiles.answer_untrusted` */
export function parsePartAnswer(bytes: Uint8Array): PartAnswer {
  const value = parseJson(decodeUtf8(bytes) ?? '');
  if (!isJsonObject(value)) throw refuse('it is no JSON object');
  const textOf = (name: string): string => {
    const member = value[name];
    if (typeof member === 'string') return member;
    throw refuse(`${name} is no text`);
  };
  const { authorities } = value;
  if (!Array.isArray(authorities) || authorities.length === 0 || authorities.length > limits.partAuthorities)
    throw refuse('it has no authorities, or too many');
  if (!authorities.every((one) => typeof one === 'string')) throw refuse('an authority is no text');
  return {
    host: textOf('host'),
    spiffeId: textOf('spiffeId'),
    serverId: textOf('serverId'),
    address: textOf('address'),
    certificate: textOf('certificate'),
    authorities,
    renewAfter: textOf('renewAfter'),
  };
}

/** What is kept of it, or `partfiles.answer_untrusted`. */
export function checkPartAnswer(answer: PartAnswer, expected: PartExpectation): PartFile {
  try {
    return check(answer, expected);
  } catch (cause) {
    throw refuse(describeError(cause), cause);
  }
}

function check(answer: PartAnswer, { instance, key, nowMs, former }: PartExpectation): PartFile {
  const { spiffeId, serverId, address } = answer;
  const { host } = new URL(instance);
  if (answer.host !== host) throw new Error(`it is for ${answer.host.slice(0, 200)}, and ${host} was asked`);
  const own = new X509Certificate(answer.certificate);
  const { id, trustDomain, certificate } = parseWorkloadSvid(own.raw);
  if (id !== spiffeId) throw new Error(`its certificate is of ${id}, and it says ${spiffeId.slice(0, 200)}`);
  if (!own.checkPrivateKey(key)) throw new Error('its certificate is for another key');
  const authorities = answer.authorities.map((one) => new X509Certificate(one));
  for (const one of authorities)
    if (parseAuthoritySvid(one.raw).trustDomain !== trustDomain)
      throw new Error('one of its authorities is of another trust domain');
  if (!authorities.some((one) => own.checkIssued(one) && own.verify(one.publicKey)))
    throw new Error('its certificate is by none of its authorities');
  if (serverId === spiffeId || !serverId.startsWith(`spiffe://${trustDomain}/`))
    throw new Error('the instance’s own name is not of its trust domain');
  if (former !== undefined && (former.spiffeId !== spiffeId || former.serverId !== serverId))
    throw new Error(`it is for ${spiffeId}, and this is ${former.spiffeId}`);
  if (!isPartAddress(address)) throw new Error('its address is not https://HOST:PORT');
  const [notBeforeMs, notAfterMs] = [certificate.startsAt.getTime(), certificate.endsAt.getTime()];
  const renewAfterMs = Date.parse(answer.renewAfter);
  if (notBeforeMs > nowMs || notAfterMs <= nowMs)
    throw new Error('its certificate does not hold now, by this machine’s clock');
  if (!(renewAfterMs > notBeforeMs && renewAfterMs < notAfterMs))
    throw new Error('it would be renewed before it begins or after it ends');
  return {
    instance,
    host,
    address,
    spiffeId,
    serverId,
    certificate: own.toString(),
    key: key.export({ format: 'pem', type: 'pkcs8' }).toString(),
    authorities: authorities.map(String),
    notAfterMs,
    renewAfterMs,
  };
}

function refuse(why: string, cause?: unknown): Error {
  return partFilesErrors.answer_untrusted(`the instance’s answer cannot be used: ${why}`, { cause });
}
