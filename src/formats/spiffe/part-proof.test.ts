import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatPartProof } from './part-proof.ts';

test('spiffe: a proof names the instance, the right and the new key', () => {
  const proof = { host: 'a.test:8443', right: Buffer.from('one'), publicKey: Buffer.from('two') };
  assert.equal(
    Buffer.from(formatPartProof(proof)).toString(),
    [
      'plimsoll part key v1',
      'a.test:8443',
      '7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed',
      '3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3',
      '',
    ].join('\n'),
  );
});
