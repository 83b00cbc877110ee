// What Rekor is sent and what it answers. Version 2 (rekor-tiles): a request for `hashedrekord 0.0.2`, answered with a
// TransparencyLogEntry. Version 1 (rekor openapi.yaml): an entry `dsse 0.0.1` with the whole envelope, answered with
// the entry by its id, the promise and the proof. Of an answer nothing is believed until it was verified.
import { decodeUtf8 } from '../../kit/bytes.ts';
import type { ErrorFactory } from '../../kit/error.ts';
import { isJsonObject, parseJson, stableJson } from '../../kit/json.ts';
import { limits } from '../../kit/limits.ts';
import { formatPem } from '../x509/certificate-pem.ts';
import { type FieldReader, readFields } from './field.ts';
import type { LogEntryParts } from './log-entry.ts';
import { readLogEntry, type SignedLogEntry } from './signed-log-entry.ts';

/** JSON for `POST /api/v2/log/entries`. */
export function formatRekorRequest({ digest, signature, keyDetails, verifier }: LogEntryParts): string {
  const who =
    verifier.kind === 'certificate'
      ? { x509Certificate: { rawBytes: base64(verifier.der) } }
      : { publicKey: { rawBytes: base64(verifier.publicKey) } };
  return stableJson({
    hashedRekordRequestV002: {
      digest: base64(digest),
      signature: { content: base64(signature), verifier: { keyDetails, ...who } },
    },
  });
}

/** The entry that a log of tiles answered with; else what `refuse` makes of it. */
export function parseRekorAnswer(bytes: Uint8Array, refuse: ErrorFactory): SignedLogEntry {
  return readLogEntry(readFields(parseJson(decodeUtf8(bytes) ?? ''), 'the log’s answer', refuse));
}

export interface OldLogRequest {
  readonly payloadType: string;
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
  readonly verifier: LogEntryParts['verifier'];
}

/** JSON for `POST /api/v1/log/entries`. */
export function formatOldRekorRequest({ payloadType, payload, signature, verifier }: OldLogRequest): string {
  const envelope = {
    payloadType,
    payload: base64(payload),
    signatures: [{ sig: base64(signature), keyid: '' }],
  };
  const pem = verifier.kind === 'certificate' ? formatPem([verifier.der]) : formatKeyPem(verifier.publicKey);
  return stableJson({
    apiVersion: '0.0.1',
    kind: 'dsse',
    spec: {
      proposedContent: { envelope: JSON.stringify(envelope), verifiers: [base64(Buffer.from(pem))] },
    },
  });
}

/** The one entry of Rekor version 1's answer; else what `refuse` makes of it. */
export function parseOldRekorAnswer(bytes: Uint8Array, refuse: ErrorFactory): SignedLogEntry {
  const value = parseJson(decodeUtf8(bytes) ?? '');
  const entries = isJsonObject(value) ? Object.values(value) : [];
  if (entries.length !== 1) throw refuse('the log’s answer is not one entry');
  const entry = readFields(entries[0], 'the log’s answer', refuse);
  const verification = entry.member('verification');
  const promise = verification?.bytes('signedEntryTimestamp', limits.signatureBytes);
  const proof = verification?.member('inclusionProof');
  const body = entry.bytes('body', limits.logBodyBytes);
  const integratedSeconds = entry.count('integratedTime');
  if (body === undefined || proof === undefined || promise === undefined || integratedSeconds === undefined)
    throw entry.fail('verification', 'lacks the promise or the proof, or there is no body');
  const claim = readFields(parseJson(decodeUtf8(body) ?? ''), 'the log’s entry', refuse);
  return {
    index: entry.count('logIndex') ?? 0,
    logId: hex(entry, 'logID'),
    kind: { name: claim.text('kind', 100) ?? '', version: claim.text('apiVersion', 100) ?? '' },
    integratedSeconds,
    promise,
    proof: readOldProof(proof, refuse),
    body,
  };
}

function readOldProof(proof: FieldReader, refuse: ErrorFactory): NonNullable<SignedLogEntry['proof']> {
  const hashes = proof.object.hashes ?? [];
  if (!Array.isArray(hashes) || hashes.length > limits.logProofHashes)
    throw proof.fail('hashes', `is not a list of at most ${limits.logProofHashes}`);
  const checkpoint = proof.text('checkpoint', limits.noteChars);
  return {
    index: proof.count('logIndex') ?? 0,
    size: proof.count('treeSize') ?? 0,
    root: hex(proof, 'rootHash'),
    path: hashes.map((one: unknown) => hex(readFields({ hash: one }, 'hashes', refuse), 'hash')),
    ...(checkpoint === undefined ? {} : { checkpoint }),
  };
}

/** Rekor version 1 writes ids and hashes in hex: 32 bytes each. */
function hex(reader: FieldReader, name: string): Uint8Array {
  const text = reader.text(name, 64) ?? '';
  if (!/^[0-9a-f]{64}$/.test(text)) throw reader.fail(name, 'is not 32 bytes in hex');
  return Buffer.from(text, 'hex');
}

function formatKeyPem(publicKey: Uint8Array): string {
  const lines = base64(publicKey).match(/.{1,64}/g) ?? [];
  return `-----BEGIN PUBLIC KEY-----\n${lines.join('\n')}\n-----END PUBLIC KEY-----\n`;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
