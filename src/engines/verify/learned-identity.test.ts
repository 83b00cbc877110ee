// What of a signer stays the same from one release to the next, and what does not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  describeIdentity,
  formatIdentityKey,
  type LearnedIdentity,
  learnIdentity,
  tellApart,
} from './learned-identity.ts';
import type { Signer } from './signer.ts';

const signerOf = (uri: string, more: Record<string, string> = {}): Signer => ({
  kind: 'certificate',
  thumbprint: 'a',
  serial: '1',
  names: [{ kind: 'uri', text: uri }],
  claims: { issuer: 'https://issuer.example.org', ...more },
});
const home = 'https://git.example.org/acme/app';
const learn = (uri: string, more?: Record<string, string>) =>
  learnIdentity(signerOf(uri, more)) ?? assert.fail('nobody');
const keyOf = (uri: string, more?: Record<string, string>) => formatIdentityKey(learn(uri, more));

test('learned identity: any tag is one, each branch is itself, and a commit stays what it is', () => {
  const workflow = `${home}/.workflows/release.yml`;
  const tags = ['v1', 'v2', 'a/b@c'].map((tag) =>
    keyOf(`${workflow}@refs/tags/${tag}`, {
      sourceRef: `refs/tags/${tag}`,
      buildSignerUri: `${workflow}@refs/tags/${tag}`,
    }),
  );
  assert.equal(new Set(tags).size, 1);
  const others = [
    `${workflow}@refs/heads/main`,
    `${workflow}@refs/heads/next`,
    `${workflow}@${'a'.repeat(40)}`,
    `${workflow}@${'b'.repeat(40)}`,
    `${home}/.workflows/other.yml@refs/tags/v1`,
    'ada@example.org',
  ];
  assert.equal(new Set(others.map((uri) => keyOf(uri))).size, others.length);
  // A branch that is named like a tag is no tag.
  assert.notEqual(
    keyOf(workflow, { sourceRef: 'refs/heads/refs/tags/v1' }),
    keyOf(workflow, { sourceRef: 'refs/tags/v1' }),
  );
});

test('learned identity: nobody is learned without one name and an issuer', () => {
  const two = {
    ...signerOf('a'),
    names: [
      { kind: 'uri', text: 'a' },
      { kind: 'uri', text: 'b' },
    ],
  } as Signer;
  const none = { ...signerOf('a'), names: [] } as Signer;
  const unvouched = { ...signerOf('a'), claims: {} } as Signer;
  assert.deepEqual([two, none, unvouched].map(learnIdentity), [undefined, undefined, undefined]);
});

test('learned identity: what differs is told against whom comes nearest', () => {
  const own = learn('ada@example.org', { sourceRepository: home, sourceRef: 'refs/tags/v1' });
  const found = learn('ada@example.org', { sourceRepository: `${home}2`, sourceRef: 'refs/heads/main' });
  const key: LearnedIdentity = { kind: 'key', thumbprint: 'ab' };
  assert.deepEqual(tellApart([key, learn('x@example.org'), own], found), [
    `The source repository is ${home}2, and ${home} is expected.`,
    'The source ref is refs/heads/main, and a tag is expected.',
  ]);
  assert.deepEqual(tellApart([key, own], own), []);
  assert.deepEqual(tellApart([], own), []);
  assert.deepEqual(tellApart([own], key), [
    'It is signed by the key ab.',
    `Expected is ${describeIdentity(own)}.`,
  ]);
  assert.equal(
    describeIdentity(own),
    `ada@example.org, vouched for by https://issuer.example.org, from ${home} at a tag`,
  );
});
