// Sigstore bundles of version 0.3, written (protobuf-specs, sigstore_bundle.proto): one DSSE envelope with the one
// certificate, the log's proof and the timestamp that make it verifiable without asking anybody.
import { BUNDLE_V03_MEDIA_TYPE, type Bundle, bundleToJSON } from '@sigstore/bundle';
import { TransparencyLogEntry } from '@sigstore/protobuf-specs';
import { parseCheckpoint } from '../crypto/checkpoint.ts';
import { logEntryKind } from './log-entry.ts';
import type { SignedLogEntry } from './signed-log-entry.ts';

/** Media type of the bundle, and artifact type of the manifest that carries it. */
export const bundleMediaType = BUNDLE_V03_MEDIA_TYPE;

/** A leaf with what proves that it is in the log. */
export interface LoggedEntry {
  /** SHA-256 of the log's name and key. */
  readonly logId: Uint8Array;
  readonly index: number;
  /** From the leaf's sibling up. */
  readonly proof: readonly Uint8Array[];
  /** The signed note that the proof leads to. */
  readonly checkpoint: string;
  readonly entry: Uint8Array;
}

export interface BundleParts {
  readonly payloadType: string;
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
  /** The leaf's certificate, or the name of a key that the verifier has. */
  readonly signer:
    | { readonly kind: 'certificate'; readonly der: Uint8Array }
    | { readonly kind: 'key'; readonly hint: string };
  /** Each with what proves it; of Rekor version 1 with its promise and its time too. */
  readonly entries: readonly (LoggedEntry | SignedLogEntry)[];
  /** TimeStampResp over the signature. */
  readonly timestamps: readonly Uint8Array[];
}

/** UTF-8 JSON. The entry's checkpoint must be one; else `crypto.checkpoint_invalid`. */
export function formatBundle(parts: BundleParts): Uint8Array {
  return Buffer.from(JSON.stringify(bundleToJSON(createBundle(parts))));
}

/** TransparencyLogEntry, UTF-8 JSON: what a client that logs is answered. `crypto.checkpoint_invalid` */
export function formatLoggedEntry(entry: LoggedEntry): Uint8Array {
  return Buffer.from(JSON.stringify(TransparencyLogEntry.toJSON(createEntry(entry))));
}

function createBundle(parts: BundleParts): Bundle {
  const { payloadType, payload, signature, signer, entries, timestamps } = parts;
  return {
    mediaType: bundleMediaType,
    verificationMaterial: {
      content:
        signer.kind === 'certificate'
          ? { $case: 'certificate', certificate: { rawBytes: Buffer.from(signer.der) } }
          : { $case: 'publicKey', publicKey: { hint: signer.hint } },
      tlogEntries: entries.map((entry) =>
        'entry' in entry ? createEntry(entry) : createForeignEntry(entry),
      ),
      timestampVerificationData: {
        rfc3161Timestamps: timestamps.map((response) => ({ signedTimestamp: Buffer.from(response) })),
      },
    },
    content: {
      $case: 'dsseEnvelope',
      dsseEnvelope: {
        payload: Buffer.from(payload),
        payloadType,
        signatures: [{ sig: Buffer.from(signature), keyid: '' }],
      },
    },
  };
}

function createEntry({ logId, index, proof, checkpoint, entry }: LoggedEntry) {
  const { size, root } = parseCheckpoint(checkpoint.slice(0, checkpoint.lastIndexOf('\n\n') + 1));
  return {
    logIndex: String(index),
    logId: { keyId: Buffer.from(logId) },
    kindVersion: logEntryKind,
    // Version 2 of Rekor promises no time of its own: the timestamp is the time.
    integratedTime: '0',
    inclusionPromise: undefined,
    inclusionProof: {
      logIndex: String(index),
      rootHash: Buffer.from(root),
      treeSize: String(size),
      hashes: proof.map((hash) => Buffer.from(hash)),
      checkpoint: { envelope: checkpoint },
    },
    canonicalizedBody: Buffer.from(entry),
  };
}

function createForeignEntry(entry: SignedLogEntry) {
  const {
    index,
    logId,
    kind = { name: '', version: '' },
    integratedSeconds = 0,
    promise,
    proof,
    body,
  } = entry;
  return {
    logIndex: String(index),
    logId: { keyId: Buffer.from(logId) },
    kindVersion: { kind: kind.name, version: kind.version },
    integratedTime: String(integratedSeconds),
    inclusionPromise: promise && { signedEntryTimestamp: Buffer.from(promise) },
    inclusionProof: proof && {
      logIndex: String(proof.index),
      rootHash: Buffer.from(proof.root),
      treeSize: String(proof.size),
      hashes: proof.path.map((hash) => Buffer.from(hash)),
      checkpoint: { envelope: proof.checkpoint ?? '' },
    },
    canonicalizedBody: Buffer.from(body),
  };
}
