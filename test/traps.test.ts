// The traps that public recipes, libraries and formats of signing leave open, each with the test that must refuse it. A
// test that is renamed or gone fails here, so that no trap is open without anybody having decided so.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from './house.ts';

type Held = readonly [file: string, title: string];

const engine = (title: string): Held => ['src/engines/verify/verify-bundle.test.ts', title];
const hostile = (title: string): Held => ['src/engines/verify/hostile.test.ts', title];
const proof = (title: string): Held => ['src/engines/verify/verify-bundle-proof.test.ts', title];
const plainKey = (title: string): Held => ['src/engines/verify/verify-bundle-key.test.ts', title];
const command = (title: string): Held => ['src/entry/cli/commands/verify.test.ts', title];
const commandTrap = (title: string): Held => ['src/entry/cli/commands/verify-traps.test.ts', title];
const cosign = (title: string): Held => ['test/interop/score-line.test.ts', title];
const vectors: Held = [
  'src/engines/verify/vectors.test.ts',
  'verify: each vector of sigstore-conformance is judged as it must be, for the right reason',
];

const traps: Readonly<Record<string, readonly Held[]>> = {
  // Recipes that are in use.
  'a lone attestation passes for a signature of the image': [
    engine('verify: a lone attestation is no signature of the image'),
    commandTrap('verify, trap: a lone statement passes for no signature'),
    cosign('a lone statement'),
  ],
  'a builder’s identity is accepted for any source repository': [
    engine('verify: a builder’s identity is not taken for any repository'),
    engine('verify: an old certificate that names its source by owner and name is no way around that'),
    commandTrap('verify, trap: a builder’s identity for any repository'),
    cosign('a shared builder alone'),
  ],
  'an identity pattern matches in the middle of another identity': [
    engine('verify: patterns match the whole identity, in RE2’s syntax'),
    engine('verify: a repository whose name begins like another’s is not the other'),
    commandTrap('verify, trap: an identity that a pattern names somewhere in the middle'),
    cosign('a pattern that names something in the middle'),
  ],
  'nobody said who must have signed, and anybody will do': [
    engine('verify: an identity or issuer that nobody asked for is unknown, never passed'),
    commandTrap('verify, trap: nobody said who must have signed'),
  ],
  'index and tag are unsigned where only platforms are signed': [
    command('verify: says who signed, from which source, when, and that nothing binds the tag'),
    commandTrap('verify: an index covers its platforms; a platform covers nothing but itself'),
    commandTrap('verify, trap: a platform swapped in the index makes another index, which nobody signed'),
    engine('verify: a tag is bound by what names it, and by nothing else'),
  ],
  'a signed attestation manifest speaks of another image': [
    [
      'src/engines/verify/attestation-manifest.test.ts',
      'verify: a signed attestation manifest proves a statement only through each step',
    ],
    commandTrap('verify, trap: a signed attestation manifest that speaks of another image'),
  ],
  'the tag moves between the look and the use': [
    [
      'src/engines/verify/find-signed.test.ts',
      'image evidence: the reference is resolved once, whatever the tag does meanwhile',
    ],
  ],
  // Clients and registries.
  'the type of a statement is not compared': [
    engine('verify: a statement of another type than was asked for is refused, and so is one that is none'),
    commandTrap('verify, trap: a statement of another type than was asked for'),
  ],
  'what cannot be parsed is passed over in silence': [
    [
      'src/engines/verify/find-signed.test.ts',
      'find signed: what calls itself a signature and cannot be read is unknown',
    ],
    command('verify: what cannot be read is told, and never taken for nothing'),
  ],
  'a fallback index without types hides what hangs on an image': [
    [
      'test/conformance/fallback-tag.test.ts',
      'fallback tag: one that cosign 3.1.1 pushed, without kind and annotations, is mended at once',
    ],
    [
      'src/engines/verify/find-signed.test.ts',
      'find signed: bundles under their own type and under the wrong one that cosign 3.1 wrote; nothing of other kinds',
    ],
  ],
  'a certificate without a promise of the certificate log': [
    commandTrap('verify, trap: no promise of a certificate log, unless somebody says so, which is recorded'),
  ],
  'no log entry, no time, or a checkpoint, payload or promise that was changed': [
    commandTrap('verify, trap: checkpoint, payload or promise changed, no time, no log'),
    proof('verify: without a log, a promise, or an authority that is trusted it is refused'),
    engine('verify: a changed byte anywhere is refused'),
  ],
  'an entry of a log without times is taken for a time': [
    proof('verify: an entry of the second kind of log without a timestamp proves no time'),
    proof('verify: an integrated time that no log signed is not believed'),
  ],
  'another issuer, ref, commit, trigger, workflow, builder or runner': [
    engine(
      'verify: another identity, issuer, ref, builder or runner is refused, and a certificate of two names',
    ),
    commandTrap('verify, trap: another issuer, ref, commit, trigger, workflow, builder or runner'),
  ],
  'a key and a hash that belong to no one another': [
    plainKey('verify: a plain key of each kind, P-384 by SHA-384 alone'),
    plainKey('verify: keys that are not taken, and bundles whose key nobody has'),
  ],
  'a key signs that released clients refuse, as P-384 over SHA-384': [
    [
      'src/engines/authority/authority.test.ts',
      'authority: a key whose signature no client would verify does not sign, and nothing is logged',
    ],
  ],
  'a bundle or chain brings its own root along': [
    proof('verify: a root that a bundle brings along is refused'),
    proof('verify: parts of two roots are not put together'),
  ],
  // Libraries.
  'the subject of a statement is not compared with the image': [
    engine('verify: what is about another digest is refused'),
    commandTrap('verify, trap: the signature of another digest'),
  ],
  'a log key without a start, or one that was retired': [
    proof('verify: a log key without the start of its time is refused'),
    proof('verify: an entry chooses no log key that was retired, by a time that nobody signed'),
    [
      'src/formats/sigstore/sigstore.test.ts',
      'sigstore: a trusted root without a start, a chain or a key is refused',
    ],
  ],
  'signatures, entries or times that stand twice count twice': [
    proof('verify: duplicates count once'),
    ['src/engines/verify/judge-trust.test.ts', 'trust: two signers are two people, not two bundles'],
  ],
  'a signature over bytes that nobody has is taken for one over the image': [
    plainKey('verify: a signature over bytes that are not at hand is unknown'),
  ],
  'witnesses beside a log are ignored, or counted without a quorum': [
    ['src/engines/witness/policy.test.ts', 'witness policy: two of the X and one of the Y, as groups say it'],
    ['src/engines/witness/policy.test.ts', 'witness policy: a forged line is told and does not count'],
    hostile('verify: witnesses are asked about logs that are trusted, and not about what lies beside'),
    hostile('verify: the promise of a log is no checkpoint that witnesses could have seen'),
  ],
  'a log entry hides whose signature it is': [
    hostile('verify: an entry by the bare key of a certificate hides whose signature it is, and is refused'),
  ],
  'a root that is trusted for one thing vouches for all others': [
    [
      'src/engines/verify/judge-trust.test.ts',
      'trust: a root that vouches for another root’s issuer is not taken where the policy names whose word counts',
    ],
  ],
  'what takes an image back is not found, or asked for more than what signed it': [
    [
      'src/engines/verify/find-signed.test.ts',
      'find signed: what takes an image back is read before all that others hang there',
    ],
    [
      'src/engines/verify/revocation-statement.test.ts',
      'revocation statement: what a rule does without for a signature, it does without for what takes it back',
    ],
  ],
  'an image is written so that no rule, mark or revocation is found for it': [
    [
      'src/engines/gate/gate.test.ts',
      'gate: however an image’s place is written, the rules for that place hold',
    ],
  ],
  'an index calls an image an artifact, and engines run it': [
    [
      'src/engines/verify/runnable-images.test.ts',
      'runnable images: a type that an index gives an image does not hide it',
    ],
    [
      'test/flows/mark-index.test.ts',
      'an image that an index, or its own manifest, calls an artifact is judged with the rest',
    ],
  ],
  'bundles, certificates, logs, times and keys that do not hold, as others’ vectors have them': [vectors],
  // Notary Project and Docker Content Trust.
  'an unknown critical attribute, another image, an expired or untrusted signer of Notary Project': [
    [
      'src/engines/notation/verify.test.ts',
      'verify: another image, size or media type, and metadata that are not signed, are refused at every level',
    ],
    [
      'src/engines/notation/verify.test.ts',
      'verify: a signature that holds but asks for what is not done here is refused',
    ],
    ['src/engines/notation/verify.test.ts', 'verify: an expiry is over at its very second'],
    [
      'src/engines/notation/verify.test.ts',
      'verify: revocation that nobody asked for is unknown, and refuses where it is enforced',
    ],
    [
      'src/entry/cli/commands/verify-notation.test.ts',
      'verify --notation: another root, name, image or store is refused, and a policy that skips proves nothing',
    ],
  ],
  'what Docker Content Trust signed is read more mildly than its own client does': [
    [
      'src/engines/dct/judge.test.ts',
      'dct: each case is judged as the notary client judges it, for the reason that is meant',
    ],
  ],
  // A root that clients follow.
  'an older, expired or foreign root is followed': [
    [
      'src/io/tuf/trusted-roots.test.ts',
      'trusted roots: what is older, expired, signed by others or changed on the way is refused, and what was kept stays',
    ],
    ['src/engines/tuf/root.test.ts', 'root: too few, wrong or foreign signatures take nothing in'],
  ],
};

test('traps: each has a test that refuses it', () => {
  const missing: string[] = [];
  for (const [trap, tests] of Object.entries(traps))
    for (const [file, title] of tests) {
      const text = readFileSync(join(root, file), 'utf8');
      // As a test's name, or as a row of a table of them.
      if (!text.includes(`'${title}'`)) missing.push(`${trap}: ${file} has no "${title}"`);
    }
  assert.deepEqual(missing, []);
});
