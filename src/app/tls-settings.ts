// The settings of TLS: rows of the table in settings.ts.
import type { Reading, Setting } from './setting.ts';

function row<T>(setting: Setting<T>): Setting<T> {
  return Object.freeze(setting);
}

const certificate = row<string>({
  key: 'tls.certificate',
  flag: '--tls-certificate',
  env: 'PLIMSOLL_TLS_CERTIFICATE',
  meaning:
    'PEM file of the server’s certificate, those between it and its authority after it; with it the server speaks HTTPS. A new file is taken within seconds, or at SIGHUP.',
  read: readPath,
});

const key = row<string>({
  key: 'tls.key',
  flag: '--tls-key',
  env: 'PLIMSOLL_TLS_KEY',
  meaning: 'PEM file of its private key, without a passphrase.',
  read: readPath,
});

const clientAuthority = row<string>({
  key: 'tls.client_authority',
  flag: '--tls-client-authority',
  env: 'PLIMSOLL_TLS_CLIENT_AUTHORITY',
  meaning: 'PEM file of the authorities whose client certificates are accepted in place of a password.',
  read: readPath,
});

const clientCertificates = row<'optional' | 'required'>({
  key: 'tls.client_certificates',
  flag: '--tls-client-certificates',
  env: 'PLIMSOLL_TLS_CLIENT_CERTIFICATES',
  meaning:
    'optional: clients may show a certificate, which is so where an authority is set; required: who has none of that authority is refused in the handshake.',
  read(text) {
    const value = (['optional', 'required'] as const).find((choice) => choice === text);
    return value === undefined ? { must: 'be one of optional, required' } : { value };
  },
});

const trust = row<string>({
  key: 'tls.trust',
  flag: '--tls-trust',
  env: 'PLIMSOLL_TLS_TRUST',
  meaning:
    'PEM file of authorities that are trusted beside the public ones wherever this connects to; for one registry alone docker’s and podman’s certs.d folders are read too.',
  read: readPath,
});

export const tlsSettings = Object.freeze({
  tlsCertificate: certificate,
  tlsKey: key,
  tlsClientAuthority: clientAuthority,
  tlsClientCertificates: clientCertificates,
  tlsTrust: trust,
});

function readPath(text: string): Reading<string> {
  return text.trim() === '' || text.includes('\0') ? { must: 'be a path' } : { value: text };
}
