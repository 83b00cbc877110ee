// The server's certificate, its key and the authorities of its clients, read from their files and tried against each
// other before anything is served with them: whatever is wrong is one sentence, with the command that mends it.
import { createPrivateKey, type KeyObject, type X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import type { TlsMaterial } from '../entry/http/tls.ts';
import { parseCertificates } from '../formats/crypto/certificate.ts';
import { formatInstant } from '../kit/clock.ts';
import { hashHex } from '../kit/hash.ts';
import { limits } from '../kit/limits.ts';
import type { Config } from './config.ts';
import { appErrors } from './errors.ts';
import { readTextFile } from './text-file.ts';

export interface TlsFiles {
  readonly certificate: string;
  readonly key: string;
  readonly clientAuthority?: string;
}

/** What the files hold at one moment. */
export interface TlsTexts {
  readonly certificate: string;
  readonly key: string;
  readonly clientAuthority?: string;
  /** Of all of it. */
  readonly digest: string;
}

export interface CheckedTls {
  readonly material: TlsMaterial;
  /** Epoch milliseconds: when the server's certificate ends. */
  readonly notAfter: number;
}

type TlsConfig = Pick<Config, 'tlsCertificate' | 'tlsKey' | 'tlsClientAuthority' | 'tlsClientCertificates'>;

/** Undefined where the server speaks plain HTTP. `app.tls_incomplete` where one setting lacks another. */
export function tlsFilesOf(config: TlsConfig): TlsFiles | undefined {
  const { tlsCertificate: certificate, tlsKey: key, tlsClientAuthority: clientAuthority } = config;
  const { tlsClientCertificates: clientCertificates } = config;
  if (certificate === undefined || key === undefined) {
    if (certificate !== undefined || key !== undefined)
      throw appErrors.tls_incomplete(
        certificate === undefined
          ? 'tls.key is set without tls.certificate'
          : 'tls.certificate is set without tls.key',
      );
    if (clientAuthority !== undefined || clientCertificates !== undefined)
      throw appErrors.tls_incomplete(
        `tls.client_${clientAuthority === undefined ? 'certificates' : 'authority'} is set without tls.certificate and tls.key`,
      );
    return undefined;
  }
  if (clientCertificates === 'required' && clientAuthority === undefined)
    throw appErrors.tls_incomplete('tls.client_certificates is required without tls.client_authority');
  return { certificate, key, ...(clientAuthority === undefined ? {} : { clientAuthority }) };
}

/** Whether clients are asked for a certificate. */
export function clientCertificatesOf(config: TlsConfig): 'none' | 'optional' | 'required' {
  return config.tlsClientCertificates ?? (config.tlsClientAuthority === undefined ? 'none' : 'optional');
}

/** `app.file_unreadable`. */
export async function readTlsTexts(files: TlsFiles): Promise<TlsTexts> {
  const certificate = await readPem(files.certificate);
  const key = await readPem(files.key);
  const { clientAuthority: path } = files;
  const clientAuthority = path === undefined ? undefined : await readPem(path);
  const digest = hashHex('sha256', JSON.stringify([certificate, key, clientAuthority]));
  return { certificate, key, ...(clientAuthority === undefined ? {} : { clientAuthority }), digest };
}

/** `app.tls_file_invalid`, `app.tls_key_mismatch`, `app.tls_certificate_not_valid`. */
export function checkTls(texts: TlsTexts, files: TlsFiles, now: number): CheckedTls {
  const certificates = parse(texts.certificate, files.certificate);
  const [own] = certificates as [X509Certificate];
  const key = parseKey(texts.key, files.key);
  checkPair(certificates, key, files);
  const [begins, notAfter] = [own.validFromDate.getTime(), own.validToDate.getTime()];
  if (now > notAfter)
    throw appErrors.tls_certificate_not_valid(
      `the certificate ${files.certificate} ended at ${formatInstant(notAfter)}`,
    );
  if (now < begins)
    throw appErrors.tls_certificate_not_valid(
      `the certificate ${files.certificate} begins only at ${formatInstant(begins)}`,
    );
  const clientAuthorities = readAuthorities(texts, files);
  const material = { certificate: texts.certificate, key: texts.key, clientAuthorities };
  try {
    createSecureContext({ cert: material.certificate, key: material.key, ca: [...clientAuthorities] });
  } catch (cause) {
    throw appErrors.tls_file_invalid(
      `${files.certificate} and ${files.key} cannot be used: ${(cause as Error).message}`,
      { cause },
    );
  }
  return { material, notAfter };
}

async function readPem(path: string): Promise<string> {
  const text = await readTextFile(path, limits.pemFileBytes);
  if (text === undefined) throw appErrors.file_unreadable(`${path} cannot be read: there is no such file`);
  return text;
}

function parse(text: string, path: string): readonly X509Certificate[] {
  try {
    return parseCertificates(text);
  } catch (cause) {
    throw appErrors.tls_file_invalid(`${path} cannot be used: ${(cause as Error).message}`, { cause });
  }
}

function parseKey(text: string, path: string): KeyObject {
  if (/-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(text))
    throw appErrors.tls_file_invalid(
      `the key ${path} is encrypted; write it without a passphrase, for this user alone to read: openssl pkey -in ${path} -out NEW`,
    );
  try {
    return createPrivateKey(text);
  } catch (cause) {
    throw appErrors.tls_file_invalid(`${path} holds no PEM private key that can be read`, { cause });
  }
}

function checkPair(certificates: readonly X509Certificate[], key: KeyObject, files: TlsFiles): void {
  const at = certificates.findIndex((one) => one.checkPrivateKey(key));
  if (at === 0) return;
  const why =
    at < 0
      ? `the key ${files.key} is not that of the certificate ${files.certificate}`
      : `the key ${files.key} is that of certificate ${at + 1} in ${files.certificate}; the server’s own has to be the first`;
  throw appErrors.tls_key_mismatch(why);
}

function readAuthorities(texts: TlsTexts, { clientAuthority: path }: TlsFiles): readonly string[] {
  if (texts.clientAuthority === undefined || path === undefined) return [];
  const authorities = parse(texts.clientAuthority, path);
  const other = authorities.findIndex(({ ca }) => !ca);
  if (other < 0) return authorities.map((one) => one.toString());
  throw appErrors.tls_file_invalid(
    `certificate ${other + 1} in ${path} is no authority’s (basicConstraints lacks CA:TRUE)`,
  );
}
