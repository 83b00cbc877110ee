// What a client asks the log to keep (rekor-tiles, CreateEntryRequest). The log keeps `hashedrekord` alone, over the
// SHA-256 of what was signed. An envelope that is sent whole, as cosign 2.6 does, is kept so too, over its
// pre-authentication encoding: no released cosign reads the kind `dsse` back, and each reads this one.
import { hash } from 'node:crypto';
import { z } from 'zod';
import { formatPae } from '../../../formats/sigstore/envelope.ts';
import type { EntryWish } from '../../../services/trust/entry-desk.ts';
import { trustErrors } from '../../../services/trust/errors.ts';
import { httpErrors } from '../errors.ts';

/** As protobuf's JSON spells bytes; both alphabets are read, one is written. */
const bytes = z
  .string()
  .regex(/^[A-Za-z0-9+/_-]*={0,2}$/)
  .transform((text) => Buffer.from(text, 'base64'));
const raw = z.object({ rawBytes: bytes });
const verifier = z.object({
  x509Certificate: raw.optional(),
  publicKey: raw.optional(),
  keyDetails: z.string(),
});
const hashed = z.object({
  hashedRekordRequestV002: z.object({
    digest: bytes,
    signature: z.object({ content: bytes, verifier }),
  }),
});
const enveloped = z.object({
  dsseRequestV002: z.object({
    envelope: z.object({
      payload: bytes,
      payloadType: z.string(),
      signatures: z.array(z.object({ sig: bytes })),
    }),
    verifiers: z.array(verifier),
  }),
});

/** `http.body_invalid`; `trust.entry_unsupported` for an envelope of several signatures. */
export function readEntry(value: unknown): EntryWish {
  if (typeof value === 'object' && value !== null && 'dsseRequestV002' in value) return readEnveloped(value);
  const { digest, signature } = read(hashed, value).hashedRekordRequestV002;
  return { digest, signature: signature.content, ...readVerifier(signature.verifier) };
}

function readEnveloped(value: object): EntryWish {
  const { envelope, verifiers } = read(enveloped, value).dsseRequestV002;
  const [signature, ...signatures] = envelope.signatures;
  const [one, ...others] = verifiers;
  if (signature === undefined || one === undefined || signatures.length + others.length > 0)
    throw trustErrors.entry_unsupported(
      `an entry is one signature by one key; the envelope has ${envelope.signatures.length} by ${verifiers.length}`,
    );
  const digest = hash('sha256', formatPae(envelope.payloadType, envelope.payload), 'buffer');
  return { digest, signature: signature.sig, ...readVerifier(one) };
}

function read<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw httpErrors.body_invalid(
    `${issue?.path.join('.') || 'the body'}: ${issue?.message ?? 'is not valid'}`,
  );
}

function readVerifier({
  x509Certificate,
  publicKey,
  keyDetails,
}: z.infer<typeof verifier>): Pick<EntryWish, 'verifier' | 'keyDetails'> {
  const one = x509Certificate ?? publicKey;
  if (one === undefined || (x509Certificate !== undefined && publicKey !== undefined))
    throw httpErrors.body_invalid('the verifier is one of x509Certificate and publicKey');
  const kind = x509Certificate === undefined ? 'key' : 'certificate';
  return { verifier: { kind, bytes: one.rawBytes }, keyDetails };
}
