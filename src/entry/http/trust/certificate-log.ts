// What the certificate log promised to keep, for whoever looks after the authority: RFC 6962 §4.6 (get-entries), and
// how many there are (`size`, ours: the log has no tree head of its own, see docs/decisions/0017). Each entry is the
// leaf that was signed and the precertificate with its issuers.
import { limits } from '../../../kit/limits.ts';
import type { KeptPrecertificate } from '../../../services/trust/certificate-store.ts';
import { httpErrors } from '../errors.ts';
import { answerJson, type TrustRoute } from './route.ts';

export interface CertificateLogParts {
  readonly precertificates: {
    count(): Promise<number>;
    read(start: number, count: number): Promise<readonly KeptPrecertificate[]>;
  };
}

export function createCertificateLogRoutes({ precertificates }: CertificateLogParts): readonly TrustRoute[] {
  return [
    {
      method: 'GET',
      path: '/trust/ct/ct/v1/get-entries',
      async answer({ request }) {
        const { searchParams } = new URL(request.url);
        const [start, end] = [readCount(searchParams, 'start'), readCount(searchParams, 'end')];
        if (end < start) throw httpErrors.query_invalid('end is not below start; both belong to the range');
        const count = Math.min(end - start + 1, limits.trustPrecertificates);
        const kept = await precertificates.read(start, count);
        return answerJson({ entries: kept.map(formatEntry) });
      },
    },
    {
      method: 'GET',
      path: '/trust/ct/size',
      answer: async () => answerJson({ size: await precertificates.count() }),
    },
  ];
}

function readCount(params: URLSearchParams, name: string): number {
  const text = params.get(name) ?? '';
  if (!/^[0-9]{1,15}$/.test(text)) throw httpErrors.query_invalid(`${name} is a number from 0 on`);
  return Number(text);
}

/** `extra_data` is PrecertChainEntry: each certificate after its length in three bytes, the chain after its own. */
function formatEntry({ leaf, precertificate, chain }: KeptPrecertificate) {
  const extra = Buffer.concat([sized(precertificate), sized(Buffer.concat(chain.map(sized)))]);
  return { leaf_input: Buffer.from(leaf).toString('base64'), extra_data: extra.toString('base64') };
}

function sized(bytes: Uint8Array): Buffer {
  const size = Buffer.alloc(3);
  size.writeUIntBE(bytes.byteLength, 0, 3);
  return Buffer.concat([size, bytes]);
}
