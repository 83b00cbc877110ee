// An authority made by OpenSSL alone: certificates of `openssl ca`, lists of `openssl ca -gencrl`, and a responder
// that hands each question to `openssl ocsp`, so that nobody judges what he made.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type Certificate, parseCertificates } from '../../src/formats/notation/certificate.ts';
import { netErrors } from '../../src/io/net/errors.ts';
import { collectBytes } from '../../src/kit/bytes.ts';
import { run } from './world.ts';

export interface RevocationAuthority extends AsyncDisposable {
  readonly root: Certificate;
  /** Paths asked for, as `ocsp` and `list`. */
  readonly asked: string[];
  /** What it answers now; both from the beginning. */
  readonly serves: Set<'ocsp' | 'list'>;
  issue(
    name: string,
    section: 'both' | 'list',
  ): { readonly chain: readonly Certificate[]; readonly key: string };
  revoke(name: string, ...how: readonly string[]): void;
}

export async function startRevocationAuthority(folder: string): Promise<RevocationAuthority> {
  mkdirSync(folder, { recursive: true });
  const at = (name: string): string => join(folder, name);
  const openssl = (...args: readonly string[]): void => void run('openssl', [...args]);
  const asked: string[] = [];
  const serves = new Set(['ocsp', 'list'] as const);
  const server = createServer(async (request, answer) => {
    const kind = request.url?.startsWith('/ocsp') === true ? 'ocsp' : 'list';
    asked.push(kind);
    if (!serves.has(kind)) return void answer.writeHead(503).end();
    if (kind === 'list') {
      openssl('ca', '-config', at('cnf'), '-gencrl', '-out', at('crl.pem'));
      openssl('crl', '-in', at('crl.pem'), '-outform', 'DER', '-out', at('crl'));
      return void answer.end(readFileSync(at('crl')));
    }
    writeFileSync(at('query'), await readQuestion(request));
    const signer = ['-rsigner', at('responder.pem'), '-rkey', at('responder.key'), '-ndays', '1'];
    const files = ['-reqin', at('query'), '-respout', at('reply')];
    openssl('ocsp', '-index', at('index.txt'), '-CA', at('root.pem'), ...signer, ...files);
    answer.setHeader('content-type', 'application/ocsp-response').end(readFileSync(at('reply')));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  writeFileSync(at('cnf'), configuration(folder, (server.address() as AddressInfo).port));
  writeFileSync(at('index.txt'), '');
  for (const name of ['serial', 'crlnumber']) writeFileSync(at(name), '80FF01\n');
  const request = (name: string, ...more: readonly string[]): void => {
    const key = ['-newkey', 'rsa:2048', '-nodes', '-keyout', at(`${name}.key`)];
    const subject = ['-subj', `/C=DE/ST=Hamburg/O=Example/CN=${name}`];
    openssl('req', '-config', at('cnf'), '-new', ...key, ...subject, ...more);
  };
  request('root', '-x509', '-days', '30', '-extensions', 'root', '-out', at('root.pem'));
  const root = parseCertificates(readFileSync(at('root.pem')), 'the root')[0] as Certificate;
  const issue = (name: string, section: string) => {
    request(name, '-out', at(`${name}.csr`));
    const files = ['-in', at(`${name}.csr`), '-out', at(`${name}.pem`)];
    openssl('ca', '-batch', '-notext', '-config', at('cnf'), '-extensions', section, ...files);
    const [leaf] = parseCertificates(readFileSync(at(`${name}.pem`)), name);
    return { chain: [leaf as Certificate, root], key: readFileSync(at(`${name}.key`), 'utf8') };
  };
  issue('responder', 'responder');
  return {
    root,
    asked,
    serves,
    issue,
    revoke: (name, ...how) => openssl('ca', '-config', at('cnf'), '-revoke', at(`${name}.pem`), ...how),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** By POST, or by GET as notation asks (RFC 6960 Appendix A). */
async function readQuestion(request: IncomingMessage): Promise<Uint8Array> {
  if (request.method === 'POST') return collectBytes(request, 10_000, netErrors.answer_too_large);
  const text = decodeURIComponent(decodeURIComponent((request.url ?? '').replace(/^\/ocsp\/?/, '')));
  return Buffer.from(text, 'base64');
}

function configuration(folder: string, port: number): string {
  const list = `crlDistributionPoints = URI:http://127.0.0.1:${port}/list`;
  const ocsp = `authorityInfoAccess = OCSP;URI:http://127.0.0.1:${port}/ocsp`;
  const signs = 'keyUsage = critical, digitalSignature\nextendedKeyUsage = codeSigning';
  return `
[ca]
default_ca = own
[own]
database = ${folder}/index.txt
serial = ${folder}/serial
crlnumber = ${folder}/crlnumber
new_certs_dir = ${folder}
certificate = ${folder}/root.pem
private_key = ${folder}/root.key
default_md = sha256
default_days = 20
default_crl_days = 1
policy = any
unique_subject = no
[any]
countryName = supplied
stateOrProvinceName = supplied
organizationName = supplied
commonName = supplied
[req]
distinguished_name = names
prompt = no
[names]
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[both]
${signs}
${ocsp}
${list}
[list]
${signs}
${list}
[responder]
keyUsage = critical, digitalSignature
extendedKeyUsage = OCSPSigning
noCheck = ignored
`;
}
