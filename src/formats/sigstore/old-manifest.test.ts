// The manifest of old signatures: what is added stands last, what stood there stays byte for byte, nothing stands twice.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isPlimsollError } from '../../kit/error.ts';
import { limits } from '../../kit/limits.ts';
import { digestOf } from '../oci/digest.ts';
import { sigstoreErrors } from './errors.ts';
import {
  addOldLayer,
  formatOldLayer,
  formatSimpleSigning,
  joinOldManifests,
  oldTagOf,
} from './old-manifest.ts';
import { parseSimpleSigning } from './old-signature.ts';

const digest = digestOf('an image');
const payload = formatSimpleSigning({ digest, name: 'example.org/app' });
const signedBy = (byte: number) =>
  formatOldLayer('simpleSigning', payload, { signature: Uint8Array.of(byte) });
const layersOf = (manifest: Uint8Array) => JSON.parse(Buffer.from(manifest).toString()).layers;
const invalid = { code: sigstoreErrors.signature_invalid.code };

test('old manifest: a layer for each signature of one payload, in their order, with a config to match', () => {
  const one = addOldLayer(undefined, signedBy(1));
  assert.ok(one !== undefined);
  const two = addOldLayer(one.manifest, signedBy(2));
  assert.ok(two !== undefined);
  assert.deepEqual(layersOf(two.manifest)[0], layersOf(one.manifest)[0]);
  assert.equal(layersOf(two.manifest).length, 2);
  assert.equal(JSON.parse(Buffer.from(two.config).toString()).rootfs.diff_ids.length, 2);
  assert.equal(addOldLayer(two.manifest, signedBy(1)), undefined);
  assert.equal(joinOldManifests(two.manifest, one.manifest), undefined);
  assert.deepEqual(joinOldManifests(one.manifest, two.manifest)?.manifest, two.manifest);
});

test('old manifest: members that nobody here knows stay', () => {
  const one = addOldLayer(undefined, signedBy(1));
  const document = JSON.parse(Buffer.from(one?.manifest ?? []).toString());
  document.layers[0].platform = { os: 'linux', architecture: 'amd64' };
  document.layers[0]['org.example'] = 7;
  const two = addOldLayer(Buffer.from(JSON.stringify(document)), signedBy(2));
  assert.deepEqual(layersOf(two?.manifest as Uint8Array)[0], document.layers[0]);
});

test('old manifest: what it signs is what its reader reads, and its tag is cosign’s', () => {
  assert.deepEqual(parseSimpleSigning(payload), { digest, name: 'example.org/app' });
  assert.equal(oldTagOf(digest, 'att'), `${digest.replace(':', '-')}.att`);
  assert.ok(oldTagOf(digestOf('x', 'sha512'), 'sig').length <= limits.tagChars);
});

test('old manifest: no more signatures than are read, and nothing is added to something else', () => {
  let manifest: Uint8Array | undefined;
  const layer = layersOf(addOldLayer(undefined, signedBy(1))?.manifest as Uint8Array)[0];
  const many = Array.from({ length: limits.oldSignatures }, (_, at) => ({
    ...layer,
    annotations: { 'dev.cosignproject.cosign/signature': `${at}` },
  }));
  const first = JSON.parse(Buffer.from(addOldLayer(manifest, signedBy(1))?.manifest ?? []).toString());
  manifest = Buffer.from(JSON.stringify({ ...first, layers: many }));
  assert.throws(() => addOldLayer(manifest, signedBy(1)), invalid);
  const foreign = Buffer.from(JSON.stringify({ ...first, layers: [{ ...layer, mediaType: 'text/plain' }] }));
  assert.throws(() => addOldLayer(foreign, signedBy(1)), invalid);
});

test('old manifest: any bytes that stand there are added to or refused', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      try {
        addOldLayer(Buffer.from(text), signedBy(1));
      } catch (error) {
        assert.ok(isPlimsollError(error), String(error));
      }
    }),
  );
});
