// A log's entry: whether a log that is trusted has it, by an audit path to a checkpoint that the log signed, or by
// Rekor v1's promise (signed entry timestamp). What stands there is checked all: a proof that does not hold is not
// saved by a promise that does. Whether the entry says this signature is judged in log-claim.ts.
import { parseCheckpoint } from '../../formats/crypto/checkpoint.ts';
import { hashLeaf } from '../../formats/crypto/merkle.ts';
import { parseNote } from '../../formats/crypto/note.ts';
import { isIncluded, type Tree } from '../../formats/crypto/proof.ts';
import type { SignedLogEntry } from '../../formats/sigstore/signed-log-entry.ts';
import { isWithin, type TrustedLog } from '../../formats/sigstore/trusted-root.ts';
import { isPlimsollError } from '../../kit/error.ts';
import { stableJson } from '../../kit/json.ts';
import { isSameBytes, isSignedBy, readPublicKey } from './public-key.ts';

export type LogResult =
  | {
      readonly kind: 'proven';
      readonly log: TrustedLog;
      /** Only where the log signed for it: a bare integrated time is a word of whoever made the bundle. */
      readonly time?: Date;
    }
  | { readonly kind: 'untrusted'; readonly why: string }
  | { readonly kind: 'wrong'; readonly why: string };

/** `at` is when the log must have been trusted where the entry has no time of its own. */
export function judgeLogEntry(entry: SignedLogEntry, logs: readonly TrustedLog[], at: Date): LogResult {
  // Without its promise the time is anybody's word, and would choose a key that was retired long ago.
  const isTimed = entry.promise !== undefined && entry.integratedSeconds !== undefined;
  const time = isTimed ? new Date((entry.integratedSeconds as number) * 1000) : undefined;
  const known = logs.filter(({ id }) => isSameBytes(id, entry.logId));
  const name = Buffer.from(entry.logId).toString('hex').slice(0, 16);
  if (known.length === 0)
    return { kind: 'untrusted', why: `its log ${name}… is not one of the trusted root` };
  const log = known.find(({ valid }) => isWithin(valid, time ?? at));
  if (log === undefined)
    return {
      kind: 'wrong',
      why: `its log ${known[0]?.address} was not trusted at ${(time ?? at).toISOString()}`,
    };
  // A path without a signed checkpoint leads to a root that anybody could have made up.
  if (entry.promise === undefined && entry.proof?.checkpoint === undefined)
    return { kind: 'wrong', why: 'its entry has neither a proof nor a promise of the log' };
  const fault = judgePromise(entry, log) ?? judgeProof(entry, log);
  if (fault !== undefined) return { kind: 'wrong', why: fault };
  return { kind: 'proven', log, ...(time === undefined ? {} : { time }) };
}

/** Rekor v1 signed this JSON, keys sorted and without spaces. */
function judgePromise(entry: SignedLogEntry, log: TrustedLog): string | undefined {
  if (entry.promise === undefined) return undefined;
  const message = stableJson({
    body: Buffer.from(entry.body).toString('base64'),
    integratedTime: entry.integratedSeconds ?? 0,
    logIndex: entry.index,
    logID: Buffer.from(entry.logId).toString('hex'),
  });
  const key = readPublicKey(log.publicKey);
  return key !== undefined && isSignedBy(key, Buffer.from(message), entry.promise)
    ? undefined
    : `the promise of ${log.address} does not hold for its entry`;
}

function judgeProof({ proof, body }: SignedLogEntry, log: TrustedLog): string | undefined {
  if (proof === undefined) return undefined;
  const { index, size, root, path, checkpoint } = proof;
  if (!isIncluded({ leaf: hashLeaf(body), index, size, proof: path, root }))
    return `its entry is not at position ${index} of the tree of ${size} that it names`;
  return checkpoint === undefined ? undefined : judgeCheckpoint(checkpoint, { size, root }, log);
}

function judgeCheckpoint(checkpoint: string, { size, root }: Tree, log: TrustedLog): string | undefined {
  try {
    const { text, signatures } = parseNote(checkpoint);
    const head = parseCheckpoint(text);
    const key = readPublicKey(log.publicKey);
    const hint = Buffer.from(log.checkpointId.subarray(0, 4)).toString('hex');
    const host = log.address.replace(/^https?:\/\//, '').replace(/\/$/, '');
    // Lines of others, as witnesses, are passed over; another's name on the log's own hint is not the log.
    const own = signatures.filter(({ id, name }) => id === hint && name === host);
    const isOurs = head.origin === host || head.origin.startsWith(`${host} - `);
    if (own.length === 0 || !isOurs) return `its checkpoint is not one of ${host}`;
    const bytes = Buffer.from(text);
    if (key === undefined || !own.some(({ signature }) => isSignedBy(key, bytes, signature)))
      return `the signature of ${host} does not hold for the checkpoint`;
    if (head.size !== size || !isSameBytes(head.root, root))
      return 'the checkpoint is of another tree than the proof';
  } catch (cause) {
    if (!isPlimsollError(cause)) throw cause;
    return `its checkpoint cannot be read: ${cause.message}`;
  }
  return undefined;
}
