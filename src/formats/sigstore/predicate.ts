// The kinds of statements that can be made of an image, by the names that cosign's `--type` has for them, and the
// predicate type that each stands for (in-toto/attestation, spec/predicates; cosign, attestation types).

export const predicateTypes = Object.freeze({
  /** What `cosign sign` writes since 3.0: that the signer signed, and nothing else. */
  sign: 'https://sigstore.dev/cosign/sign/v1',
  slsaprovenance1: 'https://slsa.dev/provenance/v1',
  slsaprovenance: 'https://slsa.dev/provenance/v0.2',
  slsaprovenance02: 'https://slsa.dev/provenance/v0.2',
  spdx: 'https://spdx.dev/Document',
  spdxjson: 'https://spdx.dev/Document',
  link: 'https://in-toto.io/Link/v1',
  cyclonedx: 'https://cyclonedx.org/bom',
  openvex: 'https://openvex.dev/ns',
  vuln: 'https://cosign.sigstore.dev/attestation/vuln/v1',
  custom: 'https://cosign.sigstore.dev/attestation/v1',
});

export type PredicateName = keyof typeof predicateTypes;

/** Whether the text is one of the names; anything else that is a URI is a predicate type itself. */
export function isPredicateName(text: string): text is PredicateName {
  return Object.hasOwn(predicateTypes, text);
}
