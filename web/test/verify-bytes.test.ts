// The pages' Buffer against Node's, for all that the verifier does with one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Buffer as Pages } from '../src/verify/bytes.ts';

const plain = (bytes: Uint8Array): number[] => [...bytes];
const encodings = ['utf8', 'hex', 'base64', 'base64url', 'latin1'] as const;

test('bytes: text becomes the same bytes, whatever stands in it', () => {
  const anyText = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string(),
    fc.base64String(),
    fc.string({ unit: fc.constantFrom(...'0123456789abcdefABCDEF=+/-_ \n') }),
  );
  fc.assert(
    fc.property(anyText, fc.constantFrom(...encodings), (text, encoding) => {
      // Of letters beyond Latin-1 Node takes some part: no base64 that is written back is like that.
      fc.pre(!encoding.startsWith('base64') || [...text].every((letter) => letter < '\u0100'));
      assert.deepEqual(plain(Pages.from(text, encoding)), plain(Buffer.from(text, encoding)));
    }),
  );
});

test('bytes: bytes become the same text, and parts of them too', () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.constantFrom(...encodings), fc.nat(40), (bytes, encoding, start) => {
      const [own, node] = [Pages.from(bytes), Buffer.from(bytes)];
      assert.equal(own.toString(encoding), node.toString(encoding));
      assert.equal(own.toString(), node.toString());
      const part = own.subarray(start, start + 7) as InstanceType<typeof Pages>;
      assert.equal(part.toString(encoding), node.subarray(start, start + 7).toString(encoding));
      assert.notEqual(own.buffer, bytes.buffer, 'a copy');
    }),
  );
});

test('bytes: joining, comparing and numbers are the same', () => {
  const parts = fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 5 });
  fc.assert(
    fc.property(parts, fc.option(fc.nat(60), { nil: undefined }), (list, size) => {
      assert.deepEqual(plain(Pages.concat(list, size)), plain(Buffer.concat(list, size)));
      const [one = new Uint8Array(0), other = new Uint8Array(0)] = list;
      assert.equal(Pages.compare(one, other), Buffer.compare(one, other));
    }),
  );
  fc.assert(
    fc.property(
      fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      fc.nat(0xffffff),
      fc.nat(0xffff),
      (long, three, two) => {
        const [own, node] = [Pages.alloc(13), Buffer.alloc(13)];
        for (const bytes of [own, node]) {
          bytes.writeBigUInt64BE(long, 0);
          bytes.writeUIntBE(three, 8, 3);
          bytes.writeUInt16BE(two, 11);
        }
        assert.deepEqual(plain(own), plain(node));
      },
    ),
  );
});

test('bytes: a spelling that is not here is refused, not guessed', () => {
  assert.throws(() => Pages.from('a').toString('ascii'), /no text of bytes as ascii/);
});
