// Rekor version 1 for tests: a log of one tree that promises, proves and signs as the public one does, with a key of
// its own; each answer is over the envelope that came.
import { generateKeyPairSync, hash, sign } from 'node:crypto';
import { hashLeaf } from '../../formats/crypto/merkle.ts';
import type { TrustedLog } from '../../formats/sigstore/trusted-root.ts';
import { stableJson } from '../../kit/json.ts';

export interface OldRekor {
  /** As a trusted root names it. */
  readonly trusted: TrustedLog;
  /** What it answers to `POST /api/v1/log/entries`. */
  answer(request: string): string;
}

export function createOldRekor(address: string, nowMs: number): OldRekor {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const der = publicKey.export({ format: 'der', type: 'spki' });
  const id = hash('sha256', der, 'buffer');
  const host = new URL(address).host;
  const base64 = (bytes: Uint8Array | string): string => Buffer.from(bytes).toString('base64');

  function checkpointOf(root: Uint8Array): string {
    const text = `${host} - 7\n1\n${base64(root)}\n`;
    const line = base64(Buffer.concat([id.subarray(0, 4), sign('sha256', Buffer.from(text), privateKey)]));
    return `${text}\n— ${host} ${line}\n`;
  }

  return {
    trusted: {
      address,
      id,
      checkpointId: id,
      publicKey: der,
      keyDetails: 'PKIX_ECDSA_P256_SHA_256',
      valid: { from: new Date(0) },
    },
    answer(request) {
      const { proposedContent } = JSON.parse(request).spec;
      const { payload, signatures } = JSON.parse(proposedContent.envelope);
      const body = stableJson({
        apiVersion: '0.0.1',
        kind: 'dsse',
        spec: {
          envelopeHash: { algorithm: 'sha256', value: hash('sha256', proposedContent.envelope) },
          payloadHash: { algorithm: 'sha256', value: hash('sha256', Buffer.from(payload, 'base64')) },
          signatures: [{ signature: signatures[0].sig, verifier: proposedContent.verifiers[0] }],
        },
      });
      const root = hashLeaf(Buffer.from(body));
      const entry = {
        body: base64(body),
        integratedTime: Math.floor(nowMs / 1000),
        logIndex: 77,
        logID: id.toString('hex'),
      };
      return JSON.stringify({
        [`24296fb24b8ad77a${'0'.repeat(64)}`]: {
          ...entry,
          verification: {
            signedEntryTimestamp: base64(sign('sha256', Buffer.from(stableJson(entry)), privateKey)),
            inclusionProof: {
              logIndex: 0,
              treeSize: 1,
              rootHash: Buffer.from(root).toString('hex'),
              hashes: [],
              checkpoint: checkpointOf(root),
            },
          },
        },
      });
    },
  };
}
