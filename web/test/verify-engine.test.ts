// The engine as the pages run it against the engine as Node runs it: the same bundles must give the same checks, word
// for word. Both are the files of src/engines/verify; what differs is what stands below them.
import assert from 'node:assert/strict';
import { generateKeyPairSync, hash, type KeyObject } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import fc from 'fast-check';
import type { Expectations } from '../../src/engines/verify/expectation.ts';
import * as nodePattern from '../../src/engines/verify/pattern.ts';
import * as nodeSigner from '../../src/engines/verify/signer.ts';
import {
  createTrustWorld,
  identity,
  image,
  issuer,
  makeKeys,
  now,
  pemOf,
} from '../../src/engines/verify/trust-world.fixture.ts';
import * as nodeVerify from '../../src/engines/verify/verify-bundle.ts';
import { type Digest, parseDigest } from '../../src/formats/oci/digest.ts';
import * as nodeBundle from '../../src/formats/sigstore/bundle.ts';
import * as nodeRoot from '../../src/formats/sigstore/trusted-root.ts';
import { importInBrowserTerms } from './in-browser-terms.ts';

interface Engine {
  readonly bundle: typeof nodeBundle;
  readonly root: typeof nodeRoot;
  readonly signer: typeof nodeSigner;
  readonly verify: typeof nodeVerify;
}

const VECTORS = join(import.meta.dirname, '../../../shared/vectors/sigstore/bundle-verify');
const absent = existsSync(VECTORS) ? false : `${VECTORS} is not there`;
const inNode: Engine = { bundle: nodeBundle, root: nodeRoot, signer: nodeSigner, verify: nodeVerify };
let inBrowser: Engine;

before(async () => {
  const source = '../../src';
  inBrowser = {
    bundle: await importInBrowserTerms(`${source}/formats/sigstore/bundle.ts`),
    root: await importInBrowserTerms(`${source}/formats/sigstore/trusted-root.ts`),
    signer: await importInBrowserTerms(`${source}/engines/verify/signer.ts`),
    verify: await importInBrowserTerms(`${source}/engines/verify/verify-bundle.ts`),
  };
});

interface Question {
  readonly bundle: Uint8Array;
  readonly root?: Uint8Array | undefined;
  readonly key?: string | undefined;
  readonly digest: Digest;
  readonly bytes?: Uint8Array;
  readonly expectations: Expectations;
  readonly at?: Date;
}

/** All that comes of it; of a refusal its code and its sentence. */
function ask({ bundle, root, signer, verify }: Engine, question: Question): unknown {
  const { digest, bytes, expectations, key } = question;
  try {
    const { checks, outcome, signedAt } = verify.verifyBundle({
      bundle: bundle.parseBundle(question.bundle),
      artifact: { digest, ...(bytes === undefined ? {} : { bytes }) },
      trustedRoots: question.root === undefined ? [] : [root.parseTrustedRoot(question.root)],
      keys: key === undefined ? [] : [signer.parseTrustedKey(key, 'key.pub')],
      expectations,
      now: question.at ?? now,
    });
    return { checks, outcome, signedAt: signedAt?.toISOString() };
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    // Without a code it would be a defect of either.
    assert.equal(typeof code, 'string', String(error));
    return { code, message };
  }
}

function compare(question: Question, name: string): { readonly outcome?: string } {
  const [one, other] = [ask(inNode, question), ask(inBrowser, question)];
  assert.deepEqual(other, one, name);
  return one as { readonly outcome?: string };
}

const encode = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const certified: Expectations = {
  kind: 'signature',
  identity: nodePattern.exactly(identity),
  issuer: nodePattern.exactly(issuer),
};

test('the engine is another one: nothing below it is node’s', () => {
  assert.notEqual(inBrowser.verify.verifyBundle, nodeVerify.verifyBundle);
  const { handle } = inBrowser.signer.parseTrustedKey(pemOf(makeKeys()), 'key').key;
  assert.ok('use' in handle, 'a key of the pages’ own');
});

test('each vector of sigstore-conformance gives the same checks in the pages', { skip: absent }, () => {
  const names = readdirSync(VECTORS).filter((name) =>
    existsSync(join(VECTORS, name, 'bundle.sigstore.json')),
  );
  assert.equal(names.length, 70);
  const outcomes = new Set<unknown>();
  for (const name of names) {
    const read = (file: string): Buffer | undefined => {
      const path = join(VECTORS, name, file);
      return existsSync(path) ? readFileSync(path) : undefined;
    };
    const bytes = read('artifact') ?? readFileSync(join(VECTORS, '../a.txt'));
    const question: Question = {
      bundle: read('bundle.sigstore.json') as Buffer,
      root:
        read('trusted_root.json') ??
        readFileSync(join(VECTORS, 'trust-root-tlog-validity-end-inclusive/trusted_root.json')),
      key: read('key.pub')?.toString(),
      digest: parseDigest(`sha256:${hash('sha256', bytes)}`),
      bytes,
      expectations: { kind: 'any', logs: 1, identity: nodePattern.createPattern('https://.*') },
    };
    outcomes.add(compare(question, name).outcome);
  }
  // Neither engine says the same of everything.
  assert.ok(outcomes.size > 2, [...outcomes].join());
});

test('what an instance signs passes in the pages, and what was changed fails by the same check', () => {
  const world = createTrustWorld();
  const root = encode(world.rootJson);
  const whole = { bundle: encode(world.sign()), root, digest: image, expectations: certified };
  assert.equal(compare(whole, 'whole').outcome, 'passed');
  const tampered = world.sign();
  tampered.dsseEnvelope.payload = Buffer.from(
    Buffer.from(tampered.dsseEnvelope.payload, 'base64').toString().replace('sigstore', 'sigstori'),
  ).toString('base64');
  assert.equal(compare({ ...whole, bundle: encode(tampered) }, 'tampered').outcome, 'failed');
  assert.equal(compare({ ...whole, expectations: { kind: 'any' } }, 'nobody asked for').outcome, 'unknown');
  assert.equal(compare({ ...whole, root: encode(createTrustWorld().rootJson) }, 'foreign').outcome, 'failed');
  const late = new Date(now.getTime() - 86_400_000);
  assert.equal(compare({ ...whole, at: late }, 'yet to come').outcome, 'failed');
});

test('keys of each kind give the same checks in the pages, also those that are not taken', () => {
  const world = createTrustWorld();
  const pairs: Readonly<Record<string, { publicKey: KeyObject; privateKey: KeyObject }>> = {
    'P-256': makeKeys('P-256'),
    'P-384': makeKeys('P-384'),
    'P-521': makeKeys('P-521'),
    secp256k1: makeKeys('secp256k1'),
    ed25519: generateKeyPairSync('ed25519'),
    'rsa 2048': generateKeyPairSync('rsa', { modulusLength: 2048 }),
    'rsa 1024': generateKeyPairSync('rsa', { modulusLength: 1024 }),
    'rsa-pss': generateKeyPairSync('rsa-pss', { modulusLength: 2048 }),
    ed448: generateKeyPairSync('ed448'),
  };
  const passed: string[] = [];
  for (const [name, keys] of Object.entries(pairs)) {
    const hashName = name === 'P-384' ? 'sha384' : name === 'P-521' ? 'sha512' : 'sha256';
    const isRaw = name.startsWith('ed');
    const json = world.sign({ plainKey: isRaw ? makeKeys() : keys, hash: hashName, isLogged: false });
    const question = {
      bundle: encode(json),
      digest: image,
      key: pemOf(keys),
      expectations: { kind: 'any' },
    } as const;
    if (compare(question, name).outcome === 'passed') passed.push(name);
  }
  assert.deepEqual(passed, ['P-256', 'P-384', 'P-521', 'rsa 2048']);
});

/** OpenSSL reads keys that are no DER, as one with bits left over at its end; the pages refuse them, and so may they. */
function isStricter(question: Question): boolean {
  const [one, other] = [ask(inNode, question), ask(inBrowser, question)] as { readonly outcome?: string }[];
  return one?.outcome === 'passed' && other?.outcome === 'failed';
}

test('a bundle or a root with any part changed is judged the same in the pages, or more strictly', () => {
  const world = createTrustWorld();
  const [bundle, root] = [JSON.stringify(world.sign()), JSON.stringify(world.rootJson)];
  const letters = [...'ABCxyz019+/=-_"{}'];
  const property = fc.property(
    fc.boolean(),
    fc.nat(),
    fc.constantFrom(...letters),
    (isRoot, place, letter) => {
      const text = isRoot ? root : bundle;
      const at = place % text.length;
      const changed = new TextEncoder().encode(text.slice(0, at) + letter + text.slice(at + 1));
      const question = { digest: image, expectations: certified };
      const asked = isRoot
        ? { ...question, bundle: new TextEncoder().encode(bundle), root: changed }
        : { ...question, bundle: changed, root: new TextEncoder().encode(root) };
      const name = `${isRoot ? 'root' : 'bundle'} at ${at}: ${letter}`;
      if (!isStricter(asked)) compare(asked, name);
    },
  );
  fc.assert(property, { numRuns: 300 });
});
