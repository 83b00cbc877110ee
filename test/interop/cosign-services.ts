// The services of an instance as cosign asks them when it signs (Fulcio's, Rekor's and RFC 3161's protocols), no
// larger than a test needs: they show that the authority has all that the real ones will want of it.
import { createPublicKey, verify } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Instance } from '../../src/engines/authority/instance.fixture.ts';
import { cryptoErrors } from '../../src/formats/crypto/errors.ts';
import { formatLogEntry } from '../../src/formats/sigstore/log-entry.ts';
import { formatLoggedEntry } from '../../src/formats/sigstore/signed-bundle.ts';
import { formatPem } from '../../src/formats/x509/certificate-pem.ts';
import { collectBytes } from '../../src/kit/bytes.ts';

const MOST = 1024 * 1024;

export interface Services extends AsyncDisposable {
  readonly url: string;
  /** Paths that were asked, in their order. */
  readonly asked: readonly string[];
}

export async function startServices({ authority }: Instance): Promise<Services> {
  const asked: string[] = [];
  const answers: Readonly<Record<string, (body: Uint8Array, token: string) => Promise<Uint8Array | string>>> =
    {
      async '/trust/ca/api/v2/signingCert'(body, token) {
        const { publicKeyRequest } = JSON.parse(Buffer.from(body).toString());
        const publicKey = createPublicKey(publicKeyRequest.publicKey.content);
        const { iss, sub } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
        const proof = Buffer.from(publicKeyRequest.proofOfPossession, 'base64');
        if (!verify('sha256', Buffer.from(sub), publicKey, proof)) throw new Error('no proof of possession');
        const spki = publicKey.export({ format: 'der', type: 'spki' });
        const { der, chain } = await authority.issuer.issue(
          { issuer: iss, subject: { kind: 'uri', uri: sub } },
          spki,
        );
        const certificates = [der, ...chain].map((one) => formatPem([one]));
        return JSON.stringify({ signedCertificateEmbeddedSct: { chain: { certificates } } });
      },
      async '/trust/log/api/v2/log/entries'(body) {
        const { digest, signature } = JSON.parse(Buffer.from(body).toString()).hashedRekordRequestV002;
        const { x509Certificate, publicKey, keyDetails } = signature.verifier;
        return formatLoggedEntry(
          await authority.log.append(
            formatLogEntry({
              digest: Buffer.from(digest, 'base64'),
              signature: Buffer.from(signature.content, 'base64'),
              keyDetails,
              verifier:
                x509Certificate === undefined
                  ? { kind: 'key', publicKey: Buffer.from(publicKey.rawBytes, 'base64') }
                  : { kind: 'certificate', der: Buffer.from(x509Certificate.rawBytes, 'base64') },
            }),
          ),
        );
      },
      '/trust/tsa/api/v1/timestamp': (body) => authority.stamper.answer(body),
    };
  const server = createServer(async (request, response) => {
    const { url = '', headers } = request;
    asked.push(url);
    try {
      const body = await collectBytes(request, MOST, cryptoErrors.note_invalid);
      const answer = await answers[url]?.(body, headers.authorization?.slice('Bearer '.length) ?? '');
      response.statusCode = answer === undefined ? 404 : url.includes('/log/') ? 201 : 200;
      response.setHeader(
        'content-type',
        url.includes('tsa') ? 'application/timestamp-reply' : 'application/json',
      );
      response.end(answer);
    } catch (cause) {
      response.statusCode = 500;
      response.end(String(cause));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
