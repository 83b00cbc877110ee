// Becoming a part of an instance: a key is made here and never leaves, an invitation and a proof of the key are sent to
// the instance's public address, and what comes back is checked and kept. And leaving, which forgets all of it here.
import { createPublicKey } from 'node:crypto';
import type { Clock } from '../../kit/clock.ts';
import { limits } from '../../kit/limits.ts';
import type { Http } from '../net/http.ts';
import { askCertificate, signProof } from './ask-certificate.ts';
import { partFilesErrors } from './errors.ts';
import { checkPartAnswer } from './part-answer.ts';
import type { PartFile } from './part-file.ts';
import type { PartFolder } from './part-folder.ts';
import { createPartKey } from './part-key.ts';

export interface PartDeps {
  readonly folder: PartFolder;
  /** One that is a part of nothing: joining and renewing prove who they are by themselves. */
  readonly http: Http;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
}

/** The origin of an instance, of HOST[:PORT] or an address; `partfiles.address_invalid`. */
export function parseInstanceAddress(text: string): string {
  const url = URL.parse(text.includes('://') ? text : `https://${text}`);
  const isOrigin =
    (url?.protocol === 'https:' || url?.protocol === 'http:') &&
    [url.origin, `${url.origin}/`].includes(url.href);
  if (url !== null && isOrigin && url.hostname !== '') return url.origin;
  throw partFilesErrors.address_invalid(`"${text.slice(0, 200)}" is not https://HOST[:PORT]`);
}

/**
 * What is kept from now on. `partfiles.host_taken` where this machine has joined already and that can still be renewed;
 * `partfiles.refused`, `partfiles.answer_untrusted`, `partfiles.unavailable`, and the `net.*` codes.
 */
export async function joinInstance(deps: PartDeps, instance: string, invitation: string): Promise<PartFile> {
  const { folder, clock } = deps;
  const { host } = new URL(instance);
  using _ = await folder.lock(host, limits.partLockMs);
  const held = await folder.read(host);
  if (held !== undefined && isRenewable(held, clock.now()))
    throw partFilesErrors.host_taken(`this machine is ${held.spiffeId} of ${host}`);
  const key = await createPartKey();
  const publicKey = createPublicKey(key).export({ format: 'der', type: 'spki' });
  const answer = await askCertificate(deps, `${instance}/api/v1/parts/join`, {
    invitation,
    publicKey: publicKey.toString('base64'),
    proof: signProof(key, { host, right: Buffer.from(invitation), publicKey }),
  });
  const file = checkPartAnswer(answer, { instance, key, nowMs: clock.now() });
  await folder.write(file);
  return file;
}

/** `partfiles.host_unknown` */
export async function leaveInstance(folder: PartFolder, host: string): Promise<void> {
  using _ = await folder.lock(host, limits.partLockMs);
  if (!(await folder.remove(host))) throw partFilesErrors.host_unknown(`this machine has not joined ${host}`);
}

/** Whether an instance would still take it, as far as can be known here. */
export function isRenewable(file: PartFile, nowMs: number): boolean {
  return file.isSuperseded !== true && nowMs - file.notAfterMs <= limits.partLapseMs;
}
