// A small world of trust for tests: an authority, a certificate log, a log of the second kind, a timestamp
// authority, and what they make: bundles that hold. A test changes one thing of them.
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { hashLeaf, hashNode } from '../../formats/crypto/merkle.ts';
import { createNoteSigner } from '../../formats/crypto/note.ts';
import { type Digest, digestHex, digestOf } from '../../formats/oci/digest.ts';
import { type Bundle, parseBundle } from '../../formats/sigstore/bundle.ts';
import { formatPae } from '../../formats/sigstore/envelope.ts';
import { type OldSignatureLayer, oldMediaTypes } from '../../formats/sigstore/old-signature.ts';
import { parseTrustedRoot, type TrustedRoot } from '../../formats/sigstore/trusted-root.ts';
import { purposes } from './chain.ts';
import {
  type CertificateParts,
  type Holder,
  type KeyPair,
  makeCertificate,
  makeTimestamp,
  spki,
} from './der.fixture.ts';
import { signaturePredicateType } from './expectation.ts';

export const now = new Date('2026-11-21T12:00:00Z');
export const image: Digest = digestOf('an image');
export const issuer = 'https://token.example.org';
export const identity = 'https://git.example.org/acme/app/.workflows/release.yml@refs/tags/v1';
export const repository = 'https://git.example.org/acme/app';

const LOG = 'log.example.org';
const MINUTE_MS = 60_000;
const HOUR_AGO = new Date(now.getTime() - 60 * MINUTE_MS);
const FROM = new Date('2026-01-01T00:00:00Z');
const TO = new Date('2036-01-01T00:00:00Z');
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

export interface SignOptions {
  readonly predicateType?: string;
  readonly predicate?: object;
  readonly subject?: Digest;
  readonly statementType?: string;
  readonly payloadType?: string;
  readonly at?: Date;
  /** Of the certificate: names and claims by number. */
  readonly uris?: readonly string[];
  readonly claims?: Readonly<Record<number, string>>;
  readonly more?: CertificateParts['more'];
  readonly keys?: KeyPair;
  readonly isLogged?: boolean;
  readonly isStamped?: boolean;
  readonly isPromised?: boolean;
  /** Sign with this key and no certificate. */
  readonly plainKey?: KeyPair;
  /** The hash of the plain key; its own where absent. */
  readonly hash?: string;
}

/** As JSON, to be changed; `parse` makes a bundle of it. */
// biome-ignore lint/suspicious/noExplicitAny: a test changes any part of it
export type BundleJson = any;

export interface TrustWorld {
  readonly root: TrustedRoot;
  // biome-ignore lint/suspicious/noExplicitAny: a test changes any part of it
  readonly rootJson: any;
  sign(options?: SignOptions): BundleJson;
  /** The same bundle with another entry of the log: its body is what `change` makes of it. */
  enter(bundle: BundleJson, change: (body: BundleJson) => void): BundleJson;
  /** As `cosign sign` wrote it before bundles: simple signing, a certificate, a promise of the first kind of log. */
  signOld(options?: Pick<SignOptions, 'subject' | 'at'>): OldSignatureLayer;
}

export function parse(json: BundleJson): Bundle {
  return parseBundle(Buffer.from(JSON.stringify(json)));
}

export function makeKeys(curve = 'P-256'): KeyPair {
  return generateKeyPairSync('ec', { namedCurve: curve });
}

export function pemOf({ publicKey }: KeyPair): string {
  return publicKey.export({ format: 'pem', type: 'spki' }).toString();
}

export function createTrustWorld(): TrustWorld {
  const authority = makeHolder({ name: 'authority', isAuthority: true });
  const stamper = makeHolder({
    name: 'stamper',
    issuer: authority,
    purpose: purposes.timestamping,
    serial: 3,
  });
  const certificateLog = makeKeys();
  const oldLog = makeKeys();
  const oldLogId = createHash('sha256').update(spki(oldLog)).digest();
  const seed = randomBytes(32);
  const note = createNoteSigner(LOG, seed);
  const logId = createHash('sha256')
    .update(Buffer.concat([Buffer.from(`${LOG}\n`), Uint8Array.of(1), note.key.publicKey]))
    .digest();
  const logKey = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), note.key.publicKey]);
  const validFor = { start: FROM.toISOString() };
  const certificates = (...list: readonly Uint8Array[]) => ({
    certificates: list.map((one) => ({ rawBytes: base64(one) })),
  });
  const rootJson = {
    mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
    tlogs: [
      {
        baseUrl: `https://${LOG}`,
        hashAlgorithm: 'SHA2_256',
        publicKey: { rawBytes: base64(logKey), keyDetails: 'PKIX_ED25519', validFor },
        logId: { keyId: base64(logId) },
      },
      {
        baseUrl: 'https://old-log.example.org',
        hashAlgorithm: 'SHA2_256',
        publicKey: { rawBytes: base64(spki(oldLog)), keyDetails: 'PKIX_ECDSA_P256_SHA_256', validFor },
        logId: { keyId: base64(oldLogId) },
      },
    ],
    certificateAuthorities: [
      { uri: 'https://ca.example.org', certChain: certificates(authority.certificate), validFor },
    ],
    ctlogs: [
      {
        baseUrl: 'https://ct.example.org',
        publicKey: {
          rawBytes: base64(spki(certificateLog)),
          keyDetails: 'PKIX_ECDSA_P256_SHA_256',
          validFor,
        },
        logId: { keyId: base64(createHash('sha256').update(spki(certificateLog)).digest()) },
      },
    ],
    timestampAuthorities: [
      {
        uri: 'https://tsa.example.org',
        certChain: certificates(stamper.certificate, authority.certificate),
        validFor,
      },
    ],
  };
  const issue = ({
    keys,
    at,
    uris,
    claims,
    more,
    isPromised,
  }: SignOptions & { keys: KeyPair; at: Date }): Uint8Array =>
    makeCertificate({
      name: '',
      keys,
      issuer: authority,
      startsAt: new Date(at.getTime() - MINUTE_MS),
      endsAt: new Date(at.getTime() + 9 * MINUTE_MS),
      purpose: purposes.codeSigning,
      uris: uris ?? [identity],
      claims: claims ?? { 8: issuer, 9: identity, 11: 'self-hosted', 12: repository, 14: 'refs/tags/v1' },
      ...(more === undefined ? {} : { more }),
      ...(isPromised === false ? {} : { certificateLog }),
    });
  return {
    rootJson,
    root: parseTrustedRoot(Buffer.from(JSON.stringify(rootJson))),
    signOld({ subject = image, at = HOUR_AGO } = {}) {
      const keys = makeKeys();
      const leaf = pem(issue({ keys, at }));
      const bytes = Buffer.from(formatSimple(subject));
      const signature = sign('sha256', bytes, keys.privateKey);
      return {
        mediaType: oldMediaTypes.simpleSigning,
        annotations: {
          'dev.cosignproject.cosign/signature': base64(signature),
          'dev.sigstore.cosign/certificate': leaf,
          // The old format brought its root along.
          'dev.sigstore.cosign/chain': pem(authority.certificate),
          'dev.sigstore.cosign/bundle': promise({ bytes, signature, leaf, at }, oldLog, oldLogId),
        },
        bytes,
      };
    },
    enter(bundle, change) {
      const [entry] = bundle.verificationMaterial.tlogEntries;
      const body = JSON.parse(Buffer.from(entry.canonicalizedBody, 'base64').toString());
      change(body);
      const changed = structuredClone(bundle);
      changed.verificationMaterial.tlogEntries = [logEntry(Buffer.from(JSON.stringify(body)), logId, note)];
      return changed;
    },
    sign(options = {}) {
      const at = options.at ?? HOUR_AGO;
      const keys = options.plainKey ?? options.keys ?? makeKeys();
      const payload = Buffer.from(JSON.stringify(statementOf(options)));
      const payloadType = options.payloadType ?? 'application/vnd.in-toto+json';
      const signed = formatPae(payloadType, payload);
      const signature = sign(options.hash ?? hashOf(keys.publicKey), signed, keys.privateKey);
      const leaf = options.plainKey === undefined ? issue({ ...options, keys, at }) : undefined;
      const body = entryBody(signed, signature, leaf, spki(keys));
      const entry = logEntry(body, logId, note);
      const isWhole = leaf !== undefined;
      return {
        mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
        verificationMaterial: {
          ...(leaf === undefined
            ? { publicKey: { hint: 'ours' } }
            : { certificate: { rawBytes: base64(leaf) } }),
          tlogEntries: (options.isLogged ?? isWhole) ? [entry] : [],
          timestampVerificationData: {
            rfc3161Timestamps:
              (options.isStamped ?? isWhole)
                ? [{ signedTimestamp: base64(makeTimestamp(signature, at, stamper)) }]
                : [],
          },
        },
        dsseEnvelope: {
          payload: base64(payload),
          payloadType,
          signatures: [{ sig: base64(signature), keyid: '' }],
        },
      };
    },
  };
}

export function formatSimple(digest: string, type = 'cosign container image signature'): string {
  const identity = { 'docker-reference': 'images.example.org/acme/app' };
  return JSON.stringify({
    critical: { identity, image: { 'docker-manifest-digest': digest }, type },
    optional: null,
  });
}

function pem(der: Uint8Array): string {
  return `-----BEGIN CERTIFICATE-----\n${base64(der)}\n-----END CERTIFICATE-----\n`;
}

/** Rekor v1's signed entry timestamp of a hashedrekord 0.0.1. */
function promise(
  { bytes, signature, leaf, at }: { bytes: Uint8Array; signature: Uint8Array; leaf: string; at: Date },
  log: KeyPair,
  id: Buffer,
): string {
  const value = createHash('sha256').update(bytes).digest('hex');
  const spec = {
    data: { hash: { algorithm: 'sha256', value } },
    signature: { content: base64(signature), publicKey: { content: base64(Buffer.from(leaf)) } },
  };
  const body = base64(Buffer.from(JSON.stringify({ apiVersion: '0.0.1', kind: 'hashedrekord', spec })));
  const payload = { body, integratedTime: at.getTime() / 1000, logID: id.toString('hex'), logIndex: 7 };
  const signed = sign('sha256', Buffer.from(JSON.stringify(payload)), log.privateKey);
  return JSON.stringify({ SignedEntryTimestamp: base64(signed), Payload: payload });
}

function makeHolder(parts: Omit<CertificateParts, 'keys' | 'startsAt' | 'endsAt'>): Holder {
  const keys = makeKeys();
  return { keys, certificate: makeCertificate({ ...parts, keys, startsAt: FROM, endsAt: TO }) };
}

function statementOf({ predicateType, predicate, subject, statementType }: SignOptions): object {
  return {
    _type: statementType ?? 'https://in-toto.io/Statement/v1',
    subject: [{ name: '', digest: { sha256: digestHex(subject ?? image) } }],
    predicateType: predicateType ?? signaturePredicateType,
    predicate: predicate ?? {},
  };
}

function hashOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string | undefined {
  if (asymmetricKeyType === 'ed25519') return undefined;
  return asymmetricKeyDetails?.namedCurve === 'secp384r1' ? 'sha384' : 'sha256';
}

/** hashedrekord 0.0.2 over the hash of what was signed. */
function entryBody(
  signed: Uint8Array,
  signature: Uint8Array,
  leaf: Uint8Array | undefined,
  key: Uint8Array,
): Buffer {
  const holder = { rawBytes: base64(leaf ?? key) };
  const verifier = leaf === undefined ? { publicKey: holder } : { x509Certificate: holder };
  const digest = base64(createHash('sha256').update(signed).digest());
  const spec = {
    hashedRekordV002: {
      data: { algorithm: 'SHA2_256', digest },
      signature: {
        content: base64(signature),
        verifier: { ...verifier, keyDetails: 'PKIX_ECDSA_P256_SHA_256' },
      },
    },
  };
  return Buffer.from(JSON.stringify({ apiVersion: '0.0.2', kind: 'hashedrekord', spec }));
}

/** The second leaf of a tree of two. */
function logEntry(body: Buffer, logId: Buffer, note: ReturnType<typeof createNoteSigner>): object {
  const first = hashLeaf(Buffer.from('first'));
  const root = hashNode(first, hashLeaf(body));
  return {
    logIndex: '1',
    logId: { keyId: base64(logId) },
    kindVersion: { kind: 'hashedrekord', version: '0.0.2' },
    inclusionProof: {
      logIndex: '1',
      treeSize: '2',
      rootHash: base64(root),
      hashes: [base64(first)],
      checkpoint: { envelope: note.sign(`${LOG}\n2\n${base64(root)}\n`) },
    },
    canonicalizedBody: base64(body),
  };
}
