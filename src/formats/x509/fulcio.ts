// What an identity token said, as extensions of a certificate: Fulcio's OIDs 1.3.6.1.4.1.57264.1.* (fulcio,
// docs/oid-info.md). .1 to .6 hold the text itself, those from .8 on a DER UTF8String.
import { derUtf8 } from './der.ts';
import type { Extension } from './extension.ts';

const ARC = '1.3.6.1.4.1.57264.1';

/** Names of the claims, by the last number of their OID. .7 is another kind of name (otherName), not a claim. */
export const fulcioClaims = Object.freeze({
  legacyIssuer: 1,
  legacyTrigger: 2,
  legacySha: 3,
  legacyName: 4,
  legacyRepository: 5,
  legacyRef: 6,
  issuer: 8,
  buildSignerUri: 9,
  buildSignerDigest: 10,
  runnerEnvironment: 11,
  sourceRepositoryUri: 12,
  sourceRepositoryDigest: 13,
  sourceRepositoryRef: 14,
  sourceRepositoryId: 15,
  sourceRepositoryOwnerUri: 16,
  sourceRepositoryOwnerId: 17,
  buildConfigUri: 18,
  buildConfigDigest: 19,
  buildTrigger: 20,
  runInvocationUri: 21,
  sourceRepositoryVisibility: 22,
  deploymentEnvironment: 23,
});

export type FulcioClaim = keyof typeof fulcioClaims;
export type FulcioClaims = { readonly [K in FulcioClaim]?: string };

/** From here on values are DER. */
const FIRST_DER = 8;

/** In the order of their numbers, none critical. */
export function formatFulcioClaims(claims: FulcioClaims): readonly Extension[] {
  return (Object.keys(fulcioClaims) as FulcioClaim[]).flatMap((claim) => {
    const text = claims[claim];
    if (text === undefined) return [];
    const number = fulcioClaims[claim];
    const value = number < FIRST_DER ? Buffer.from(text) : derUtf8(text);
    return [{ oid: `${ARC}.${number}`, critical: false, value }];
  });
}
