// Requests for a certificate: one that openssl made is read, and no other text is a key.
import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { isPlimsollError } from '../../kit/error.ts';
import { x509Errors } from './errors.ts';
import { parseSigningRequest } from './signing-request.ts';

/** `openssl req -new -subj /CN=anybody`, OpenSSL 3.0. */
const body = `MIHMMHQCAQAwEjEQMA4GA1UEAwwHYW55Ym9keTBZMBMGByqGSM49AgEGCCqGSM49
AwEHA0IABJ8nMFCmGZ5pDV4n8om7TAIAsN11UTE426gyIB1KigGP0jDQJhe9K9Ih
9BCNikhc42HfgBGVLEktc58gez8SHYCgADAKBggqhkjOPQQDAgNIADBFAiAphOP4
agXURhiDUNj4BfIqE2SwEAARc2KIyZNy1XRRbAIhAMRZCSJEhmTp9BC83ALHo7nM
m/3YSzr3AxeChdGHI09l`;
const publicKey = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEnycwUKYZnmkNXifyibtMAgCw3XVR
MTjbqDIgHUqKAY/SMNAmF70r0iH0EI2KSFzjYd+AEZUsSS1znyB7PxIdgA==
-----END PUBLIC KEY-----`;
const pem = (text: string): string =>
  `-----BEGIN CERTIFICATE REQUEST-----\n${text}\n-----END CERTIFICATE REQUEST-----\n`;

test('signing request: one of openssl gives the key that signed it', () => {
  assert.deepEqual(
    parseSigningRequest(pem(body)),
    createPublicKey(publicKey).export({ format: 'der', type: 'spki' }),
  );
});

test('signing request: one whose key did not sign it proves nothing', () => {
  const der = Buffer.from(body, 'base64');
  const name = der.indexOf('anybody');
  der.write('nobody!', name, 'latin1');
  assert.throws(() => parseSigningRequest(pem(der.toString('base64'))), {
    code: x509Errors.key_invalid.code,
  });
});

test('signing request: two of them, a certificate’s name, and anything else are none', () => {
  for (const text of [pem(body) + pem(body), pem(body).replaceAll(' REQUEST', ''), '', pem('AAAA')])
    assert.throws(() => parseSigningRequest(text), { code: x509Errors.pem_invalid.code });
});

test('signing request: hostile bytes are refused by their code', () => {
  const der = Buffer.from(body, 'base64');
  fc.assert(
    fc.property(fc.nat(der.byteLength - 1), fc.uint8Array({ maxLength: 8 }), (at, bytes) => {
      const hostile = Buffer.concat([der.subarray(0, at), bytes, der.subarray(at + bytes.byteLength)]);
      try {
        assert.deepEqual(
          Buffer.from(parseSigningRequest(pem(hostile.toString('base64')))),
          createPublicKey(publicKey).export({ format: 'der', type: 'spki' }),
        );
      } catch (error) {
        assert.ok(isPlimsollError(error), String(error));
      }
    }),
  );
});
