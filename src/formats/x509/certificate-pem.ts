// Certificates written as PEM text (RFC 7468 §5): several in a row are a chain, the leaf first.

/** Base64 is broken into lines of this many characters. */
const LINE = /.{1,64}/g;

export function formatPem(certificates: readonly Uint8Array[]): string {
  return certificates
    .map((der) => {
      const lines = Buffer.from(der).toString('base64').match(LINE) ?? [];
      return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
    })
    .join('');
}
