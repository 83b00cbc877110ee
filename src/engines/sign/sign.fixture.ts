// Whoever signs, for tests: a key in memory, or an identity with the services of an instance in memory.

import { hash } from 'node:crypto';
import { formatLogEntry } from '../../formats/sigstore/log-entry.ts';
import { parseRekorAnswer } from '../../formats/sigstore/rekor.ts';
import { formatLoggedEntry } from '../../formats/sigstore/signed-bundle.ts';
import type { SignedLogEntry } from '../../formats/sigstore/signed-log-entry.ts';
import { parseTrustedRoot } from '../../formats/sigstore/trusted-root.ts';
import { createMemoryKey } from '../../io/keys/memory.ts';
import { signingErrors } from '../../io/sigstore/errors.ts';
import type { SignedEnvelope, SigningServices } from '../../io/sigstore/services.ts';
import { builder, type Instance, START } from '../authority/instance.fixture.ts';
import type { ImageSigner } from './seal.ts';

const clock = { now: () => START };

/** An instance's authority behind the port that its clients on the wire stand behind. */
export function servicesOf({ authority }: Instance): SigningServices {
  const { issuer, log, stamper } = authority;
  return {
    certify: async ({ publicKey }) => (await issuer.issue(builder, publicKey)).der,
    logs: [
      {
        url: 'https://images.example.org/trust/log',
        append: async (signed: SignedEnvelope): Promise<SignedLogEntry> =>
          parseRekorAnswer(
            formatLoggedEntry(await log.append(formatLogEntry(signed))),
            signingErrors.answer_invalid,
          ),
      },
    ],
    stampers: [
      (signature, name = 'sha256') =>
        stamper.stamp({
          hash: name,
          imprint: hash(name, signature, 'buffer'),
          wantsCertificate: true,
        }),
    ],
  };
}

/** A key alone: neither log nor time. */
export async function createKeySigner(): Promise<ImageSigner> {
  return { key: await createMemoryKey('ecdsa-p256-sha256'), services: { logs: [], stampers: [] }, clock };
}

/** The builder of instance.fixture.ts, certified, logged and stamped by the instance. */
export async function createIdentitySigner(instance: Instance): Promise<ImageSigner> {
  const key = await createMemoryKey('ecdsa-p256-sha256');
  const services = servicesOf(instance);
  const certificate = await services.certify?.(key, '');
  if (certificate === undefined) throw new Error('the fixture certifies');
  return { key, certificate, services, trustedRoot: parseTrustedRoot(instance.trustedRoot), clock };
}
