// The next certificate of a part. Its key is on the disk before the instance hears of it: an answer that is lost on the
// way, or with this process, is asked for again with the same key, which the instance takes for the same renewal. Any
// other key would look to it like a second holder of this file.
import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import { isPlimsollError } from '../../kit/error.ts';
import { askCertificate, signProof } from './ask-certificate.ts';
import { partFilesErrors } from './errors.ts';
import type { PartDeps } from './join.ts';
import { checkPartAnswer } from './part-answer.ts';
import type { PartFile } from './part-file.ts';
import { createPartKey } from './part-key.ts';

/**
 * What holds afterwards: the next certificate, or what another process has renewed meanwhile. `partfiles.in_use` where
 * another does so for longer than `waitMs`; `partfiles.host_unknown`, and what `askCertificate` throws.
 */
export async function renewPart(deps: PartDeps, host: string, waitMs: number): Promise<PartFile> {
  const { folder, clock } = deps;
  using _ = await folder.lock(host, waitMs);
  const held = await folder.read(host);
  if (held === undefined) throw partFilesErrors.host_unknown(`this machine has not joined ${host}`);
  if (clock.now() < held.renewAfterMs) return held;
  const nextKey = held.nextKey ?? (await makeKey());
  const asked: PartFile = { ...held, nextKey };
  if (held.nextKey === undefined) await folder.write(asked);
  const next = await ask(deps, asked, nextKey).catch(async (error: unknown) => {
    // Known from now on to every process that uses this file, so that it is not asked again and again.
    if (isPlimsollError(error, { code: 'partfiles.superseded' }))
      await folder.write({ ...asked, isSuperseded: true });
    throw error;
  });
  await folder.write(next);
  return next;
}

async function ask(deps: PartDeps, held: PartFile, nextKey: string): Promise<PartFile> {
  const { instance, host } = held;
  const [formerKey, key] = [createPrivateKey(held.key), createPrivateKey(nextKey)];
  const publicKey = createPublicKey(key).export({ format: 'der', type: 'spki' });
  const former = new X509Certificate(held.certificate).raw;
  const proof = { host, right: former, publicKey };
  const answer = await askCertificate(deps, `${instance}/api/v1/parts/renew`, {
    certificate: former.toString('base64'),
    publicKey: publicKey.toString('base64'),
    proof: signProof(key, proof),
    formerProof: signProof(formerKey, proof),
  });
  return checkPartAnswer(answer, { instance, key, nowMs: deps.clock.now(), former: held });
}

async function makeKey(): Promise<string> {
  const key = await createPartKey();
  return key.export({ format: 'pem', type: 'pkcs8' }).toString();
}
