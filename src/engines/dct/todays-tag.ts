// What a tag names in the registry now. What a registry does not say is unknown, and never taken for absent.
import type { Digest } from '../../formats/oci/digest.ts';

export type TodaysTag =
  | { readonly kind: 'there'; readonly digest: Digest }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unknown'; readonly why: string };
