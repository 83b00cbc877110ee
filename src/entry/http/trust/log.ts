// The log of what was signed: read as tiles (C2SP tlog-tiles), written by Rekor's protocol of version 2 (rekor-tiles,
// POST api/v2/log/entries), of whose entries `hashedrekord` alone is taken: every client can log an envelope so, and
// no released cosign reads the other kind back.
import { z } from 'zod';
import { formatLoggedEntry } from '../../../formats/sigstore/signed-bundle.ts';
import type { RateCounter } from '../../../services/hub/rate-counter.ts';
import type { EntryDesk, EntryWish } from '../../../services/trust/entry-desk.ts';
import { trustErrors } from '../../../services/trust/errors.ts';
import type { LogView } from '../../../services/trust/log-view.ts';
import { httpErrors } from '../errors.ts';
import { answerLog } from '../tlog/tlog.ts';
import { checkRate, signingRequests } from './rate.ts';
import { answerWith, readTrustJson, type TrustRoute } from './route.ts';

export interface LogParts {
  readonly logView: LogView;
  readonly entryDesk: EntryDesk;
  /** Of entries of strangers. */
  readonly entryRate: RateCounter;
  /** Of all that a signature takes. */
  readonly signingRate: RateCounter;
}

export function createLogRoutes({
  logView,
  entryDesk,
  entryRate,
  signingRate,
}: LogParts): readonly TrustRoute[] {
  return [
    {
      method: 'POST',
      path: '/trust/log/api/v2/log/entries',
      async answer({ request, network }) {
        checkRate(signingRate, network, signingRequests);
        const wish = readEntry(await readTrustJson(request));
        const entry = await entryDesk.log(wish, () => checkRate(entryRate, network, 'entries of strangers'));
        return answerWith(formatLoggedEntry(entry), 'application/json', { status: 201 });
      },
    },
    {
      method: 'GET',
      path: '/trust/log/*',
      answer: ({ request, rest }) => answerLog(logView, rest, request),
    },
  ];
}

/** As protobuf's JSON spells bytes; both alphabets are read, one is written. */
const bytes = z
  .string()
  .regex(/^[A-Za-z0-9+/_-]*={0,2}$/)
  .transform((text) => Buffer.from(text, 'base64'));
const raw = z.object({ rawBytes: bytes });
const request = z.object({
  hashedRekordRequestV002: z.object({
    digest: bytes,
    signature: z.object({
      content: bytes,
      verifier: z.object({
        x509Certificate: raw.optional(),
        publicKey: raw.optional(),
        keyDetails: z.string(),
      }),
    }),
  }),
});

/** `http.body_invalid`, `trust.entry_unsupported`. */
function readEntry(value: unknown): EntryWish {
  const parsed = request.safeParse(value);
  if (!parsed.success) {
    if (typeof value === 'object' && value !== null && 'dsseRequestV002' in value)
      throw trustErrors.entry_unsupported(
        'entries of the kind dsse are not kept; send hashedRekordRequestV002',
      );
    const [issue] = parsed.error.issues;
    throw httpErrors.body_invalid(
      `${issue?.path.join('.') || 'the body'}: ${issue?.message ?? 'is not valid'}`,
    );
  }
  const { digest, signature } = parsed.data.hashedRekordRequestV002;
  const { x509Certificate, publicKey, keyDetails } = signature.verifier;
  const one = x509Certificate ?? publicKey;
  if (one === undefined || (x509Certificate !== undefined && publicKey !== undefined))
    throw httpErrors.body_invalid('the verifier is one of x509Certificate and publicKey');
  const kind = x509Certificate === undefined ? 'key' : 'certificate';
  return { digest, signature: signature.content, verifier: { kind, bytes: one.rawBytes }, keyDetails };
}
