// What is attached to an image about it: in-toto statements that a builder left beside it (BuildKit's
// attestation manifests, OCI referrers, cosign's tags). Signatures are not checked here, and nothing of this
// shape says so: it is what is claimed, by whoever could write to the registry.
import type { Digest } from '../../formats/oci/digest.ts';

export interface Attestation {
  /** in-toto predicate type, e.g. `https://slsa.dev/provenance/v1`, `https://spdx.dev/Document`. */
  readonly predicateType: string;
  /** Digest of the manifest or blob that carries it. */
  readonly digest: Digest;
  /** How it hangs on the image: in its index (BuildKit), as a referrer (OCI 1.1), by a tag (`sha256-….att`). */
  readonly via: 'index' | 'referrer' | 'tag';
  /** Whether the statement's subject names the image's own digest; one that does not speaks of another image. */
  readonly isAboutImage: boolean;
  /** Where it is a provenance that could be read. */
  readonly provenance?: Provenance;
}

/** SLSA provenance v0.2 or v1, as far as judging an image needs it. */
export interface Provenance {
  /** BuildKit's `mode`: `max` lists every step and material. */
  readonly mode?: 'min' | 'max';
  readonly builder?: string;
  /** Source repository and commit, as the builder says. */
  readonly source?: { readonly uri: string; readonly revision?: string };
  readonly materials: readonly Material[];
}

/** What the build took in. */
export interface Material {
  /** `pkg:docker/golang@1.26?platform=linux%2Famd64`, `https://github.com/…`. */
  readonly uri: string;
  readonly digest?: Digest;
}
