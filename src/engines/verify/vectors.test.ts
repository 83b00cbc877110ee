// The 70 vectors of sigstore-conformance (test/assets/bundle-verify), where they lie beside the repository. Each
// that must fail names the check that must refuse it, so that none passes by failing for another reason.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseBundle } from '../../formats/sigstore/bundle.ts';
import { parseTrustedRoot, type TrustedRoot } from '../../formats/sigstore/trusted-root.ts';
import { isPlimsollError } from '../../kit/error.ts';
import type { CheckCode } from './check.ts';
import { exactly } from './pattern.ts';
import { parseTrustedKey } from './signer.ts';
import { verifyBundle } from './verify-bundle.ts';

const FOLDER = join(import.meta.dirname, '../../../../shared/vectors/sigstore/bundle-verify');
const IDENTITY =
  'https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main';
const ISSUER = 'https://token.actions.githubusercontent.com';
const NOW = new Date('2026-11-21T00:00:00Z');

/** The first check that fails, or the code of the refusal to read. */
const REFUSED: Readonly<Record<string, CheckCode | `sigstore.${string}`>> = {};

function production(): TrustedRoot {
  // This vector's root is the public one with one change, which is taken back.
  const text = readFileSync(join(FOLDER, 'trust-root-tlog-validity-end-inclusive/trusted_root.json'), 'utf8');
  const root = JSON.parse(text);
  for (const { publicKey } of root.tlogs)
    if (publicKey.validFor.end === '2023-07-12T15:56:36Z') delete publicKey.validFor.end;
  return parseTrustedRoot(Buffer.from(JSON.stringify(root)));
}

function judge(name: string): { readonly first: string | undefined; readonly why: string } {
  const read = (file: string): Buffer | undefined => {
    const path = join(FOLDER, name, file);
    return existsSync(path) ? readFileSync(path) : undefined;
  };
  const artifact = read('artifact') ?? readFileSync(join(FOLDER, '../a.txt'));
  const key = read('key.pub');
  try {
    const custom = read('trusted_root.json');
    const { checks } = verifyBundle({
      bundle: parseBundle(read('bundle.sigstore.json') as Buffer),
      artifact: { digest: `sha256:${createHash('sha256').update(artifact).digest('hex')}` as never, bytes: artifact },
      trustedRoots: [custom === undefined ? production() : parseTrustedRoot(custom)],
      keys: key === undefined ? [] : [parseTrustedKey(key.toString(), 'key.pub')],
      expectations: {
        kind: 'any',
        ...(key === undefined
          ? {
              identity: exactly(read('identity')?.toString().trim() ?? IDENTITY),
              issuer: exactly(read('issuer')?.toString().trim() ?? ISSUER),
            }
          : {}),
        logs: 1,
      },
      now: NOW,
    });
    const bad = checks.filter(({ outcome }) => outcome !== 'passed');
    const first = bad.find(({ outcome }) => outcome === 'failed') ?? bad[0];
    return { first: first?.code, why: bad.map(({ code, outcome, sentence }) => `${code} ${outcome}: ${sentence}`).join(' | ') };
  } catch (error) {
    if (!isPlimsollError(error)) throw error;
    return { first: error.code, why: error.message };
  }
}
if (process.env.SHOW) for (const name of readdirSync(FOLDER)) if (existsSync(join(FOLDER, name, 'bundle.sigstore.json'))) { const r = judge(name); console.log(name.endsWith('_fail') === (r.first !== undefined) ? 'ok ' : 'BAD', name, r.first, r.why.slice(0,250)); }
