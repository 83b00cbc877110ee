// A timestamp authority (RFC 3161 over HTTP) that answers with OpenSSL's tokens, so that nobody judges what he made.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import {
  authorityExtensions,
  type Issued,
  issue,
  timestampExtensions,
} from '../../src/formats/notation/certificate.fixture.ts';
import { notationErrors } from '../../src/formats/notation/errors.ts';
import { collectBytes } from '../../src/kit/bytes.ts';
import { run } from './world.ts';

export interface TimestampAuthority extends AsyncDisposable {
  readonly url: string;
  readonly root: Issued;
}

export async function startTimestampAuthority(folder: string): Promise<TimestampAuthority> {
  const root = issue({ subject: 'C=DE,ST=Hamburg,O=Time,CN=Time Root', extensions: authorityExtensions });
  const own = { subject: 'C=DE,ST=Hamburg,O=Time,CN=Time', issuer: root, extensions: timestampExtensions };
  const authority = issue({ ...own, algorithm: 'PS256' });
  mkdirSync(folder, { recursive: true });
  const write = (name: string, text: string | Uint8Array) => writeFileSync(join(folder, name), text);
  write('signer.pem', authority.certificate.handle.toString());
  write('root.pem', root.certificate.handle.toString());
  write('key.pem', authority.key.export({ type: 'pkcs8', format: 'pem' }));
  write('serial', '01\n');
  write('openssl.cnf', configuration(folder));
  const server = createServer(async (incoming, answer) => {
    write('query', await collectBytes(incoming, 10_000, notationErrors.timestamp_invalid));
    const [config, query, reply] = ['openssl.cnf', 'query', 'reply'].map((name) => join(folder, name));
    run('openssl', ['ts', '-reply', '-config', config ?? '', '-queryfile', query ?? '', '-out', reply ?? '']);
    answer.setHeader('content-type', 'application/timestamp-reply').end(readFileSync(reply ?? ''));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    root,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => void server.close(),
  };
}

/** Without an accuracy: with one, a stamp could be from before a certificate that was made in the same second. */
function configuration(folder: string): string {
  return `
[tsa]
default_tsa = own
[own]
serial = ${folder}/serial
signer_cert = ${folder}/signer.pem
certs = ${folder}/root.pem
signer_key = ${folder}/key.pem
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
ess_cert_id_alg = sha256
`;
}
