// What it takes to judge one bundle in process: read it and check everything, ours beside @sigstore/verify, in turns.
// The bundle is of a small world made here: a certificate of minutes, a certificate log's promise, an entry of a
// tile log with its checkpoint, an RFC 3161 timestamp, an in-toto statement. Both keep the parsed trusted root.
import assert from 'node:assert/strict';
import { bundleFromJSON } from '@sigstore/bundle';
import { TrustedRoot } from '@sigstore/protobuf-specs';
import { toSignedEntity, toTrustMaterial, Verifier } from '@sigstore/verify';
import { exactly } from '../src/engines/verify/pattern.ts';
import { createTrustWorld, identity, image, issuer, now } from '../src/engines/verify/trust-world.fixture.ts';
import { verifyBundle } from '../src/engines/verify/verify-bundle.ts';
import { parseBundle } from '../src/formats/sigstore/bundle.ts';

const ROUNDS = 300;

const world = createTrustWorld();
const bytes = Buffer.from(JSON.stringify(world.sign()));
const peer = new Verifier(toTrustMaterial(TrustedRoot.fromJSON(world.rootJson)));

function ours(): void {
  const { outcome } = verifyBundle({
    bundle: parseBundle(bytes),
    artifact: { digest: image },
    trustedRoots: [world.root],
    expectations: { kind: 'signature', identity: exactly(identity), issuer: exactly(issuer) },
    now,
  });
  assert.equal(outcome, 'passed');
}

/** It compares neither subject nor predicate type. */
function theirs(): void {
  peer.verify(toSignedEntity(bundleFromJSON(JSON.parse(bytes.toString()))), {
    subjectAlternativeName: identity,
    extensions: { issuer },
  });
}

function time(work: () => void): number {
  const from = performance.now();
  work();
  return performance.now() - from;
}

const times: { readonly ours: number; readonly theirs: number }[] = [];
for (let round = 0; round < ROUNDS; round += 1) times.push({ ours: time(ours), theirs: time(theirs) });
const [own, other] = (['ours', 'theirs'] as const).map((side) => {
  const sorted = times.map((one) => one[side]).sort((a, b) => a - b);
  return { median: sorted[ROUNDS / 2] as number, high: sorted[Math.floor(ROUNDS * 0.95)] as number };
}) as [{ median: number; high: number }, { median: number; high: number }];
process.stdout.write(
  `one bundle, ${ROUNDS} rounds in turns: ours ${own.median.toFixed(2)} ms (95 % under ${own.high.toFixed(2)}), ` +
    `@sigstore/verify ${other.median.toFixed(2)} ms (${other.high.toFixed(2)}), ratio ${(other.median / own.median).toFixed(1)}\n`,
);
