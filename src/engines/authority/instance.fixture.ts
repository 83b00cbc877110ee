// A whole instance's authority for tests: keys in memory, a log in memory, a clock that stands where it is put.

import { emptyEdge, type MerkleHash, type TreeEdge } from '../../formats/crypto/merkle.ts';
import type { TrustedParts } from '../../formats/sigstore/instance-root.ts';
import { createMemoryKey } from '../../io/keys/memory.ts';
import { type Clock, systemRandom } from '../../kit/clock.ts';
import { type Authority, createAuthority } from './authority.ts';
import { createCertificateLog } from './certificate-log.ts';
import { createEntryLog, type LogBatch, type LogStore } from './entry-log.ts';
import { certifyBelow, certifyRoot } from './establish.ts';
import type { Identity } from './identity.ts';
import type { CertifiedKey } from './issuer.ts';
import { describeTrust, trustOf } from './trust.ts';

export const START = Date.UTC(2026, 10, 21, 12, 0, 0);
const YEAR = 365 * 24 * 60 * 60 * 1000;

export const builder: Identity = {
  issuer: 'https://git.example.org/oidc',
  subject: { kind: 'uri', uri: 'https://git.example.org/acme/build/.workflows/build.yml@refs/tags/v1' },
  claims: {
    buildSignerUri: 'https://git.example.org/acme/build/.workflows/build.yml@refs/tags/v1',
    runnerEnvironment: 'self-hosted',
    sourceRepositoryUri: 'https://git.example.org/acme/app',
    sourceRepositoryDigest: 'a'.repeat(40),
    sourceRepositoryRef: 'refs/heads/main',
  },
};

/** Keeps what the log writes, and how many writes that were. */
export interface KeptLog extends LogStore {
  readonly batches: LogBatch[];
}

export function createKeptLog(): KeptLog {
  let edge: TreeEdge = emptyEdge;
  const nodes = new Map<string, MerkleHash>();
  const batches: LogBatch[] = [];
  return {
    batches,
    readEdge: async () => edge,
    async append(batch) {
      if (batch.before !== edge.size) return false;
      for (const { level, position, hash } of batch.nodes) nodes.set(`${level}/${position}`, hash);
      edge = batch.edge;
      batches.push(batch);
      return true;
    },
    async readNode(level, position) {
      const hash = nodes.get(`${level}/${position}`);
      if (hash === undefined) throw new Error(`no node ${level}/${position}`);
      return hash;
    },
  };
}

export interface Instance {
  readonly authority: Authority;
  readonly established: Readonly<Record<'root' | 'issuing' | 'stamping', CertifiedKey>>;
  readonly store: KeptLog;
  /** What the certificate log kept. */
  readonly precertificates: Uint8Array[];
  /** This generation's part of a trusted root. */
  readonly trust: TrustedParts;
  /** `trusted_root.json`. */
  readonly trustedRoot: Uint8Array;
}

export interface InstanceOptions {
  readonly clock?: Clock;
  readonly organization?: string;
  /** When the instance's keys end; never where absent. */
  readonly endMs?: number;
}

export async function createInstance(options: InstanceOptions = {}): Promise<Instance> {
  const { clock = { now: () => START }, organization = 'images.example.org' } = options;
  const [root, issuing, stamping, ct, log] = await Promise.all([
    createMemoryKey('ecdsa-p384-sha384'),
    createMemoryKey('ecdsa-p256-sha256'),
    createMemoryKey('ecdsa-p256-sha256'),
    createMemoryKey('ecdsa-p256-sha256'),
    createMemoryKey('ed25519'),
  ]);
  const startMs = clock.now() - 60_000;
  const plan = { organization, notBeforeMs: startMs, notAfterMs: startMs + YEAR, random: systemRandom };
  const certified = await certifyRoot(root, plan);
  const established = {
    root: certified,
    issuing: await certifyBelow(certified, 'issuing', issuing, plan),
    stamping: await certifyBelow(certified, 'stamping', stamping, plan),
  };
  const store = createKeptLog();
  const precertificates: Uint8Array[] = [];
  const authority = createAuthority({
    issuing: established.issuing,
    stamping: established.stamping,
    certificateLog: createCertificateLog({
      key: ct,
      clock,
      keep: async ({ precertificate }) => void precertificates.push(precertificate),
    }),
    log: createEntryLog({ origin: organization, key: log, store }),
    createKey: () => createMemoryKey('ecdsa-p256-sha256'),
    clock,
    random: systemRandom,
  });
  const trust = trustOf(authority, {
    url: `https://${organization}`,
    organization,
    validity: { startMs, ...(options.endMs === undefined ? {} : { endMs: options.endMs }) },
  });
  return { authority, established, store, precertificates, trust, trustedRoot: describeTrust([trust]) };
}
