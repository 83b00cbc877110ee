// The timestamp authority (RFC 3161 §3.4, over HTTP), where Sigstore's clients look for it. A request that cannot be
// stamped is answered with a refusal of the protocol, not of HTTP.
import { formatPem } from '../../../formats/x509/certificate-pem.ts';
import type { RateCounter } from '../../../services/hub/rate-counter.ts';
import type { TrustService } from '../../../services/trust/trust-service.ts';
import { checkRate, signingRequests } from './rate.ts';
import { answerWith, readTrustBody, type TrustRoute } from './route.ts';

export interface TimestampParts {
  readonly trust: TrustService;
  readonly signingRate: RateCounter;
}

export function createTimestampRoutes({ trust, signingRate }: TimestampParts): readonly TrustRoute[] {
  const path = '/trust/tsa/api/v1/timestamp';
  return [
    {
      method: 'POST',
      path,
      async answer({ request, network }) {
        checkRate(signingRate, network, signingRequests);
        const { stamper } = await trust.authority();
        const body = await readTrustBody(request);
        return answerWith(await stamper.answer(body), 'application/timestamp-reply', {
          headers: { 'cache-control': 'no-store' },
        });
      },
    },
    {
      method: 'GET',
      path: `${path}/certchain`,
      async answer() {
        const { stamper } = await trust.authority();
        return answerWith(formatPem(stamper.chain), 'application/pem-certificate-chain');
      },
    },
  ];
}
